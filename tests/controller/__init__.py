"""Tests of the parts of the controller; integration/ has the whole."""

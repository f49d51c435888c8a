"""Requirements files, as pip and uv read them."""

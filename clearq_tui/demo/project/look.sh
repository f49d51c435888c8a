# What kind of machine is this?
echo "attempt $CLEARQ_ATTEMPT on worker $CLEARQ_WORKER"
uname -srm
echo "$(nproc) processors"
python3 --version

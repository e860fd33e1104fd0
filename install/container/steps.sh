#!/bin/sh
# The steps of the image, in a clean Debian as root: steps.sh WHEEL
#
# Python and JupyterLab go into /opt/jupyter, the kernel into the same environment by its wheel, and a user "rg"
# is made, who works in /home/rg/work. The last step lets the kernel examine itself as that user.
set -eu
wheel=$1
export DEBIAN_FRONTEND=noninteractive

apt-get update -q
apt-get install -q -y --no-install-recommends ca-certificates python3 python3-venv
rm -rf /var/lib/apt/lists/*

python3 -m venv /opt/jupyter
/opt/jupyter/bin/pip install --quiet --no-cache-dir --disable-pip-version-check jupyterlab "$wheel"

useradd --create-home --shell /bin/bash rg
install -d -o rg -g rg /home/rg/work
su rg -c 'VIRTUAL_ENV=/opt/jupyter PATH=/opt/jupyter/bin:$PATH rgkernel doctor'

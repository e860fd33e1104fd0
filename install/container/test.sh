#!/usr/bin/env bash
# Runs the steps of the image in a clean root made by debootstrap, and a notebook in it under nbclient. As root, with
# the network; `make wheel` first. Nothing of it stays. A clean root that is there already can be given as an argument;
# it is used up.
set -euo pipefail
cd "$(dirname "$0")/../.."
wheels=(build/dist/rgkernel-*linux*_"$(uname -m)"*.whl)
wheel=${wheels[0]}
[ -f "$wheel" ] || { echo "there is no wheel in build/dist: make wheel"; exit 2; }

root=${1:-$(mktemp -d)}
cleanup() {
  for dir in proc dev; do
    if mountpoint -q "$root/$dir"; then umount -l "$root/$dir"; fi
  done
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
if [ ! -e "$root/etc/debian_version" ]; then
  command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap"; exit 2; }
  debootstrap --variant=minbase bookworm "$root" >"$root.log" 2>&1 || { tail -5 "$root.log"; exit 1; }
  rm -f "$root.log"
fi
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"

# How this machine reaches the registries is not the recipe's matter.
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf "${PIP_CERT:-}" "${SSL_CERT_FILE:-}"; do
  if [ -f "$file" ]; then install -D -m 644 "$file" "$root$file"; fi
done
if [ -d /usr/local/share/ca-certificates ]; then cp -r /usr/local/share/ca-certificates "$root/usr/local/share/"; fi
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp /etc/apt/sources.list "$root/etc/apt/" 2>/dev/null || true

cp "$wheel" install/container/steps.sh "$root/tmp/"
env -u VIRTUAL_ENV HOME=/root chroot "$root" sh /tmp/steps.sh "/tmp/$(basename "$wheel")"

cat >"$root/home/rg/work/cell.py" <<'PY'
import nbformat
from nbclient import NotebookClient
nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("tensor.Ones(2, 3).Sum().Item()")])
NotebookClient(nb, kernel_name="rg", timeout=120).execute()
assert nb.cells[0].outputs[0]["data"]["text/plain"] == "6", nb
PY
chroot "$root" su rg -c 'cd ~/work && /opt/jupyter/bin/python cell.py && /opt/jupyter/bin/jupyter kernelspec list'
echo "the image's steps work in a clean root"

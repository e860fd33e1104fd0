#!/usr/bin/env bash
# The tests that drive the built rgkernel from outside: jupyter_kernel_test, nbclient and nbconvert
# under pytest, and JupyterLab in Chromium under node.
set -uo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
out=$root/build/test
venv=${RG_VENV:-$root/.tools/venv}
export RG_VENV=$venv RGKERNEL=${RGKERNEL:-$root/bin/rgkernel}
mkdir -p "$out"
status=0

# A user's own kernels and settings must not be seen, nor touched.
export JUPYTER_DATA_DIR=$out/jupyter/data JUPYTER_CONFIG_DIR=$out/jupyter/config
export JUPYTER_RUNTIME_DIR=$out/jupyter/runtime IPYTHONDIR=$out/jupyter/ipython JUPYTER_PLATFORM_DIRS=1
export RG_HISTORY=$out/jupyter/history.sqlite PYTHONDONTWRITEBYTECODE=1
mkdir -p "$IPYTHONDIR"

"$venv/bin/python" -m pytest -p no:cacheprovider -q --timeout 900 --junitxml "$out/pytest.xml" . || status=1

if ! [ -x /usr/bin/chromium ] && [ -z "${RG_CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Chromium by apt"
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >"$out/apt.log" 2>&1 ||
    { tail -5 "$out/apt.log"; echo "Chromium could not be installed"; }
fi
if [ ! -d node_modules/playwright-core ] || [ package-lock.json -nt node_modules ]; then
  npm ci --silent || status=1
  touch node_modules
fi
node --test --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination="$out/lab.tap" lab.test.mjs || status=1
exit $status

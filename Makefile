# make demo   build rg and run the quickstart headless: needs Go alone
# make test   everything that is tested: needs Go, a C compiler, Python 3.11 and Node 20
# make lab    JupyterLab on notebooks/ with the rg kernel
#
# What a target needs goes into the checkout (.tools/), nothing into the system; the exception is
# Chromium, which `make test` installs by apt where it runs as root on Debian.

SHELL  := bash
TOOLS  := $(CURDIR)/.tools
VENV   := $(TOOLS)/venv
BENCH_VENV := $(TOOLS)/bench-venv
KERNEL_VENV := $(TOOLS)/kernel-venv
GOLANGCI_VERSION := v2.15.0
GOLANGCI := $(TOOLS)/bin/golangci-lint-$(GOLANGCI_VERSION)
export RGKERNEL := $(CURDIR)/bin/rgkernel
export RG_VENV  := $(VENV)

.DEFAULT_GOAL := build
.PHONY: build gpu-test gpu-bundle kernels check-kernels demo test lab unit e2e race cpu-paths lint fmt generate check-generated wheel container-test module-test cross gate fuzz-programs stress bench bench-html bench-interp bench-kernel eval-arm64 fuzz notebooks clean

# CUDA is compiled in where there is a C compiler, against the header of our own and a libcuda that is empty, for gpu/cuda/cushim defines the
# driver's functions: neither CUDA nor a GPU is needed, to build or to run. `make build CUDA=` leaves it out.
CUDA := $(shell [ "$$(go env GOOS)" = linux ] && [ "$$(go env CGO_ENABLED)" = 1 ] && command -v $$(go env CC) >/dev/null && echo cuda)
CUDA_ENV = CGO_CFLAGS="-I$(CURDIR)/gpu/cuda/cushim/include" CGO_LDFLAGS="-L$(CURDIR)/gpu/cuda/cushim/lib"

build:
	$(if $(CUDA),$(CUDA_ENV)) go build $(if $(CUDA),-tags cuda) -trimpath -o bin/rgkernel ./cmd/rgkernel

demo: build
	@mkdir -p build/demo
	./bin/rgkernel run notebooks/01-quickstart.ipynb --html --output build/demo/01-quickstart.ipynb
	@echo
	@echo "The executed notebook:            build/demo/01-quickstart.ipynb"
	@echo "The report (open it in a browser): build/demo/01-quickstart.html"

# The summary counts Go, Python and browser tests together.
test:
	bash internal/e2e/test.sh

unit:
	go vet ./...
	go test ./...

e2e: build $(VENV)/installed
	bash internal/e2e/clients.sh

# What has goroutines of its own. The tests of interp that stop a running cell are left out: the flag
# that interpreted loops read is a plain variable, since a synchronised one would cost a call.
race:
	go test -race ./kernel/... ./viz/display ./tensor/cpu/... ./tensor/nn ./tensor/data ./tensor/safetensors ./tensor/internal/mmap ./internal/run ./internal/headless \
		./interp/session ./interp/complete ./interp/rg/...
	go test -race ./viz -run 'LossCurve|Progress'
	go test -race ./tensor -run 'Goroutine|Interrupt|Random|Leak'
	go test -race ./interp -run 'Complete|Input|Release|Comm|StateRestore'
	$(if $(CUDA),$(CUDA_ENV) go test -race -tags cuda ./gpu/cuda -run 'Transfers|Memory|Fault|Index|NoHost|Uploads|Conformance/(Storage|Concurrent)')
	$(if $(CUDA),$(CUDA_ENV) go test -race -short -tags cuda ./gpu -run 'Training|Profile|AdamW')

# The CPU backend on every path that this machine has. The test cache doesn't see the variable.
cpu-paths:
	RG_CPU=avx2 go test -count=1 ./tensor/cpu/... ./tensor/nn
	RG_CPU=portable go test -count=1 ./tensor/cpu/...
	go test -tags purego ./tensor/cpu/...

lab: build $(VENV)/installed
	$(VENV)/bin/jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB_FLAGS)

$(VENV)/requirements: internal/e2e/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	cp $< $@

# The kernelspec names the binary by its path, so installing it once is enough.
$(VENV)/installed: $(VENV)/requirements | build
	./bin/rgkernel install --prefix $(VENV) --copy never
	touch $@

lint: $(GOLANGCI)
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt-clean:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GOLANGCI) run ./...

fmt: $(GOLANGCI)
	$(GOLANGCI) fmt

$(GOLANGCI):
	GOBIN=$(TOOLS)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(TOOLS)/bin/golangci-lint $@

# Symbol tables and export data of what cells import; assembly from its generators.
generate:
	go generate ./interp/symbols
	cd tensor/cpu/internal/asm/_asm && go generate ./...

check-generated: generate
	git diff --exit-code --stat -- interp/symbols tensor/cpu

# A Python wheel of rgkernel and its kernelspec for this system, or for GOOS and GOARCH: pip install build/dist/*.whl
WHEEL_VERSION ?= 0.0.0
wheel:
	@go run ./install/wheel -o build/dist -version $(WHEEL_VERSION) -goos $$(go env GOOS) -goarch $$(go env GOARCH)

# The steps of the container image in a clean Debian root: as root, by debootstrap.
container-test: wheel
	bash install/container/test.sh

# go install by path in an empty folder, cgo off and on, from a module zip of what is committed.
module-test:
	RG_MODULE=$(CURDIR)/build/module go test ./install -run TestGoInstall -count=1 -v -timeout 30m

# rg without C, and for the other systems, must keep building.
cross:
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -o /dev/null ./cmd/rgkernel
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -o /dev/null ./cmd/rgkernel
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go build -o /dev/null ./cmd/rgkernel
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -o /dev/null ./cmd/rgkernel

# Go's own programs through each executor: passed, refused, wrong.
GATE ?= .,typeparam
KINDS ?= run
gate:
	RG_GATE=1 go test ./interp/yaegi -run TestGate -v -timeout 60m -gate.folders $(GATE) -gate.kinds $(KINDS)
	RG_GATE=1 go test ./interp/eval -run TestGate -v -timeout 60m -gate.folders $(GATE) -gate.kinds $(KINDS)

# Random programs through eval must print what they print when compiled.
N ?= 10000
SEED ?= 0
fuzz-programs:
	go test ./interp/eval -run TestRandomPrograms -count=1 -v -timeout 24h -random.n $(N) -random.seed $(SEED)

# Soundness of eval, for long: a collector that never rests and overwrites what it frees, dead variables cleared all the time, the race detector, checked pointers, a type that is
# defined 100,000 times, and random programs for as long as STRESS says.
STRESS ?= 1h
TRUST := TestCells|TestPrograms|TestHammer|TestSharedTypes|TestRedefine|TestTraces|TestStops|TestStackOverflow|TestKeepsNoProgram
stress:
	GOGC=1 RG_GATE=1 go test ./interp/eval -run TestGate -count=1 -v -timeout 3h
	GODEBUG=clobberfree=1 GOGC=1 go test ./interp/eval -run '$(TRUST)' -count=1 -timeout 1h
	RG_FORGET=1 go test ./interp/eval -run '$(TRUST)' -count=1 -timeout 1h
	go test -race ./interp/eval -run '$(TRUST)' -count=1 -timeout 1h
	go test -gcflags=all=-d=checkptr ./interp/eval -run '$(TRUST)' -count=1 -timeout 1h
	go test ./interp/eval -run TestRedefine -count=1 -v -timeout 3h -redefine.n 100000 -redefine.forms 8
	go test ./interp/eval -run TestRandomPrograms -count=1 -v -timeout 25h -random.time $(STRESS) -random.seed $$(date +%s)

# The executors beside stock yaegi, Python 3 and compiled Go; writes build/bench/interp.json.
bench-interp:
	go run ./interp/internal/bench $(BENCH_FLAGS)

# The tests of eval on arm64, in an emulator: Debian's qemu-user.
eval-arm64:
	CGO_ENABLED=0 GOARCH=arm64 go test -exec qemu-aarch64 ./interp/eval -run 'Cells|Programs|Traces|Stops|Prelude'

# The CPU backend against its bars, beside PyTorch, OpenBLAS, gonum and plain Go: a table, and build/bench/cpu.json.
# PyTorch and what it brings take some gigabytes in .tools/.
bench: $(BENCH_VENV)/requirements
	go build -trimpath -o build/bench/cpu ./internal/bench
	./build/bench/cpu -python $(BENCH_VENV)/bin/python $(BENCH_FLAGS)

# The Jupyter kernel, installed as a user has it, against its bars, beside ipykernel from PyPI: a table, and build/bench/kernel.json.
bench-kernel: build $(KERNEL_VENV)/requirements
	./bin/rgkernel install --prefix build/bench/installed --copy always
	go run ./kernel/internal/bench -rg build/bench/installed/share/jupyter/kernels/rg/rgkernel -python $(KERNEL_VENV)/bin/python $(BENCH_FLAGS)

$(KERNEL_VENV)/requirements: kernel/internal/bench/requirements.txt
	python3 -m venv $(KERNEL_VENV)
	$(KERNEL_VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	cp $< $@

# The last run of it as a page.
bench-html:
	go run ./internal/bench -html build/bench/cpu.html
	@echo "build/bench/cpu.html"

$(BENCH_VENV)/requirements: internal/bench/requirements.txt
	python3 -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	cp $< $@

# The CUDA backend on the emulated driver (a C++ compiler builds it from gpu/kernels), and the sums of the compiled kernels' sources.
gpu-test:
	$(CUDA_ENV) go vet -tags cuda ./gpu/...
	$(CUDA_ENV) go test -tags cuda -short -timeout 30m ./gpu/...
	$(CUDA_ENV) go test -tags cuda -run CUDA ./tensor

# What tests and measures rg on a machine with a GPU and without Go, in one archive: unpack it there and run gpu-check/gpu-check.
BUNDLE := build/gpu-check
GPU_TEST_BINARY = $(CUDA_ENV) go test -c -tags cuda -trimpath -ldflags "-s -w"
gpu-bundle:
	rm -rf $(BUNDLE)
	mkdir -p $(BUNDLE)/tensor/testdata
	$(CUDA_ENV) go build -tags cuda -trimpath -ldflags "-s -w" -o $(BUNDLE)/rgkernel ./cmd/rgkernel
	$(GPU_TEST_BINARY) -o $(BUNDLE)/cuda.test ./gpu/cuda
	$(GPU_TEST_BINARY) -o $(BUNDLE)/gpu.test ./gpu
	$(GPU_TEST_BINARY) -o $(BUNDLE)/tensor.test ./tensor
	cp tensor/testdata/goldens.json tensor/testdata/opinfo.safetensors.gz $(BUNDLE)/tensor/testdata/
	cp gpu/check/gpu-check gpu/check/table.awk gpu/check/peer.py $(BUNDLE)/
	tar -C build -c gpu-check | xz -9 > build/gpu-check.tar.xz # a window of 64 MB, for the binaries have much in common
	@ls -l build/gpu-check.tar.xz
	@[ "$$(stat -c %s build/gpu-check.tar.xz)" -le 50000000 ] || { echo "the archive is larger than 50 MB"; exit 1; }

# The kernels, compiled by NVIDIA's compilers from PyPI; neither a GPU nor CUDA is needed.
kernels: $(TOOLS)/kernels-venv/requirements
	$(TOOLS)/kernels-venv/bin/python gpu/kernels/build.py

check-kernels: $(TOOLS)/kernels-venv/requirements
	$(TOOLS)/kernels-venv/bin/python gpu/kernels/build.py --check

$(TOOLS)/kernels-venv/requirements: gpu/kernels/requirements.txt
	python3 -m venv $(TOOLS)/kernels-venv
	$(TOOLS)/kernels-venv/bin/pip install --quiet --disable-pip-version-check -r $<
	cp $< $@

FUZZTIME ?= 60s
fuzz:
	bash internal/e2e/fuzz.sh $(FUZZTIME)

# Runs the shipped notebooks in place: what is committed has outputs.
notebooks: build
	./bin/rgkernel run --inplace notebooks/*.ipynb

clean:
	rm -rf bin build .tools internal/e2e/node_modules

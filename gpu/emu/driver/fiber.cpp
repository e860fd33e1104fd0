// Runs a grid of threads on one CPU thread: a block's threads are fibers that give way at barriers and at nothing else.
#include "fiber.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cuda_on_cpu.h"

dim3 rg_block_index, rg_block_dim, rg_grid_dim;
dim3 *rg_thread_index;
unsigned rg_thread;
char *rg_dynamic_shared;

namespace {

const unsigned MAX_THREADS = 1024;
const size_t STACK = 64 << 10;
const size_t MAX_SHARED = 232448; // bytes a block may have on an H100

struct Copy {
    void *to;
    const void *from;
    int bytes;
};

enum State { READY, AT_BARRIER, AT_WARP_BARRIER, DONE };

struct Fiber {
    void *stack_pointer;
    State state;
    dim3 index;
    uint64_t exchanged;
    int predicate;
    const void *shared;
    unsigned barriers, warp_barriers; // that it has passed
    std::deque<std::vector<Copy>> groups; // of copies that were begun; the last is open
};

Fiber fibers[MAX_THREADS];
char *stacks;
void *scheduler_stack;
void (*the_kernel)(void **);
void **the_arguments;

sigjmp_buf fault;
LaunchResult fault_kind;
unsigned long long launches, blocks_run;
bool copies_are_late; // they take effect as late as they may, or as early

} // namespace

// rg_switch saves the callee's registers on this stack, *from = its pointer, and goes on from to.
extern "C" void rg_switch(void **from, void *to);
#if defined(__x86_64__)
asm(R"(
.text
.globl rg_switch
.hidden rg_switch
.type rg_switch,@function
rg_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size rg_switch,.-rg_switch
)");

static void *prepared(char *stack_end, void (*entry)()) {
    void **sp = (void **)((uintptr_t)stack_end & ~(uintptr_t)15);
    *--sp = 0; // entry finds the stack as after a call: 8 bytes off a multiple of 16
    *--sp = (void *)entry;
    for (int i = 0; i < 6; i++)
        *--sp = 0;
    return sp;
}
#elif defined(__aarch64__)
asm(R"(
.text
.globl rg_switch
.hidden rg_switch
.type rg_switch,%function
rg_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size rg_switch,.-rg_switch
)");

static void *prepared(char *stack_end, void (*entry)()) {
    uint64_t *sp = (uint64_t *)((uintptr_t)stack_end & ~(uintptr_t)15) - 20;
    for (int i = 0; i < 20; i++)
        sp[i] = 0;
    sp[11] = (uint64_t)entry; // x30, where ret goes
    return sp;
}
#else
#error "the emulated driver is written for amd64 and arm64"
#endif

static void leave(State s) {
    Fiber &f = fibers[rg_thread];
    f.state = s;
    rg_switch(&f.stack_pointer, scheduler_stack);
}

static void entry() {
    the_kernel(the_arguments);
    leave(DONE);
    abort(); // a thread that has ended doesn't run again
}

static void resume(unsigned i) {
    rg_thread = i;
    rg_thread_index = &fibers[i].index;
    rg_switch(&scheduler_stack, fibers[i].stack_pointer);
}

// RG_EMU_BARRIERS names a file that receives where barriers are, a line each; RG_EMU_WITHOUT leaves one of them out.
static bool left_out(const char *file, int line) {
    static const char *list = getenv("RG_EMU_BARRIERS"), *without = getenv("RG_EMU_WITHOUT");
    if (!list && !without)
        return false;
    static std::map<std::pair<const char *, int>, bool> known;
    auto found = known.find({file, line});
    if (found != known.end())
        return found->second;
    const char *slash = strrchr(file, '/');
    std::string name = std::string(slash ? slash + 1 : file) + ":" + std::to_string(line);
    if (FILE *f = list ? fopen(list, "a") : 0) {
        fprintf(f, "%s\n", name.c_str());
        fclose(f);
    }
    return known[{file, line}] = without && name == without;
}

extern "C" void rg_barrier(const char *file, int line) {
    if (left_out(file, line))
        return;
    leave(AT_BARRIER);
    fibers[rg_thread].barriers++;
}
extern "C" void rg_warp_barrier(void) { leave(AT_WARP_BARRIER); }
extern "C" void rg_sync_warp(void) {
    rg_warp_barrier();
    fibers[rg_thread].warp_barriers++;
}

[[noreturn]] static void end_with(LaunchResult r) {
    fault_kind = r;
    siglongjmp(fault, 1);
}
extern "C" void rg_trap(void) { end_with(TRAPPED); }

bool (*rg_watch)(const Place &, const void *, unsigned, bool);

void rg_watched(const void *p, unsigned bytes, bool write) {
    const Fiber &f = fibers[rg_thread];
    if (rg_watch && !rg_watch({launches, blocks_run, rg_thread, f.barriers, f.warp_barriers}, p, bytes, write))
        end_with(RACE);
}

extern "C" char __bss_start[], _end[]; // where the linker puts a library's statics, which __shared__ variables are
bool rg_is_shared(const void *p) {
    return (p >= __bss_start && p < _end) || (p >= rg_dynamic_shared && p < rg_dynamic_shared + MAX_SHARED);
}

static unsigned threads() { return rg_block_dim.x * rg_block_dim.y * rg_block_dim.z; }

extern "C" uint64_t rg_exchange(uint64_t value, unsigned lane) {
    fibers[rg_thread].exchanged = value;
    rg_warp_barrier();
    unsigned from = (rg_thread & ~31u) + lane;
    uint64_t got = from < threads() ? fibers[from].exchanged : value;
    rg_warp_barrier(); // nobody writes again before all have read
    return got;
}

extern "C" unsigned rg_ballot(int predicate) {
    fibers[rg_thread].predicate = predicate != 0;
    rg_warp_barrier();
    unsigned base = rg_thread & ~31u, bits = 0;
    for (unsigned i = 0; i < 32 && base + i < threads(); i++)
        bits |= (unsigned)(fibers[base + i].state != DONE && fibers[base + i].predicate) << i;
    rg_warp_barrier();
    return bits;
}

extern "C" void rg_share(const void *mine, const void **all) {
    fibers[rg_thread].shared = mine;
    rg_warp_barrier();
    unsigned base = rg_thread & ~31u;
    for (unsigned i = 0; i < 32; i++) {
        if (base + i >= threads() || fibers[base + i].state == DONE)
            rg_trap(); // what a warp does together it does with all lanes
        all[i] = fibers[base + i].shared;
    }
}

static void carry_out(const Copy &c) {
    memcpy(c.to, c.from, (size_t)c.bytes);
    memset((char *)c.to + c.bytes, 0, (size_t)(16 - c.bytes));
}

// A copy may take effect at any time between.
static void begun_or_done(const Copy &c) {
    rg_watched(c.from, (unsigned)c.bytes, false);
    rg_watched(c.to, 16, true);
}

extern "C" void rg_copy_async(void *to, const void *from, int bytes) {
    if ((uintptr_t)to % 16 || (uintptr_t)from % 16 || bytes < 0 || bytes > 16)
        rg_trap();
    Copy c = {to, from, bytes};
    if (!copies_are_late)
        carry_out(c);
    begun_or_done(c);
    auto &groups = fibers[rg_thread].groups;
    if (groups.empty())
        groups.emplace_back();
    groups.back().push_back(c);
}

extern "C" void rg_commit_copies(void) {
    auto &groups = fibers[rg_thread].groups;
    if (groups.empty())
        groups.emplace_back();
    groups.emplace_back();
}

extern "C" void rg_wait_copies(unsigned but) {
    auto &groups = fibers[rg_thread].groups;
    for (; groups.size() > but + 1; groups.pop_front())
        for (const Copy &c : groups.front()) {
            if (copies_are_late)
                carry_out(c);
            begun_or_done(c);
        }
}

// An order of n things.
static void arrange(unsigned *turn, unsigned n, unsigned order) {
    for (unsigned i = 0; i < n; i++)
        turn[i] = order == 1 ? n - 1 - i : i;
    if (order < 2)
        return;
    uint32_t state = order * 2654435761u | 1;
    for (unsigned i = n; i > 1; i--) {
        state ^= state << 13, state ^= state >> 17, state ^= state << 5;
        unsigned j = state % i, t = turn[i - 1];
        turn[i - 1] = turn[j], turn[j] = t;
    }
}

// alone releases the threads of a warp that wait for each other alone, if there are any.
static bool alone(const unsigned *lane, const unsigned *end) {
    bool waiting = false;
    for (const unsigned *l = lane; l < end; l++) {
        if (fibers[*l].state == AT_BARRIER)
            return false;
        waiting |= fibers[*l].state == AT_WARP_BARRIER;
    }
    for (const unsigned *l = lane; l < end; l++)
        if (fibers[*l].state == AT_WARP_BARRIER)
            fibers[*l].state = READY;
    return waiting;
}

static LaunchResult run_block(unsigned n, unsigned shared_bytes, unsigned order) {
    static unsigned turn[MAX_THREADS];
    blocks_run++;
    memset(rg_dynamic_shared, 0xff, shared_bytes); // NaN, so that reading what nobody wrote shows
    for (unsigned i = 0; i < n; i++) {
        Fiber &f = fibers[i];
        f.index = {i % rg_block_dim.x, i / rg_block_dim.x % rg_block_dim.y, i / (rg_block_dim.x * rg_block_dim.y)};
        f.state = READY;
        f.barriers = f.warp_barriers = 0;
        f.groups.clear();
        f.stack_pointer = prepared(stacks + (i + 1) * STACK, entry);
    }
    arrange(turn, n, order);
    if (order % 2) { // the warps one behind the other, as their first threads come
        unsigned place[MAX_THREADS / 32];
        for (unsigned k = n; k-- > 0;)
            place[turn[k] / 32] = k;
        std::stable_sort(turn, turn + n, [&](unsigned a, unsigned b) { return place[a / 32] < place[b / 32]; });
    }
    for (;;) {
        for (unsigned k = 0; k < n;) {
            unsigned end = k + 1;
            if (order % 2)
                while (end < n && turn[end] / 32 == turn[k] / 32)
                    end++;
            for (unsigned i = k; i < end; i++)
                if (fibers[turn[i]].state == READY)
                    resume(turn[i]);
            if (!(order % 2 && alone(turn + k, turn + end))) // else the warp goes on while the others wait
                k = end;
        }
        unsigned done = 0, waiting = 0;
        bool released = false;
        for (unsigned base = 0; base < n; base += 32) {
            unsigned end = base + 32 < n ? base + 32 : n, warp = 0, block = 0, ended = 0;
            for (unsigned i = base; i < end; i++) {
                warp += fibers[i].state == AT_WARP_BARRIER;
                block += fibers[i].state == AT_BARRIER;
                ended += fibers[i].state == DONE;
            }
            if (warp && block) {
                fprintf(stderr, "emulated GPU: block (%u, %u, %u): threads of one warp wait at different barriers\n", rg_block_index.x,
                        rg_block_index.y, rg_block_index.z);
                return DIVERGED;
            }
            if (warp) {
                for (unsigned i = base; i < end; i++)
                    if (fibers[i].state == AT_WARP_BARRIER)
                        fibers[i].state = READY;
                released = true;
            }
            done += ended;
            waiting += block;
        }
        if (done == n)
            return LAUNCHED;
        if (released)
            continue;
        // A GPU since Volta doesn't wait for threads that have ended. The programming guide asks for all of them, and so do we.
        if (done) {
            fprintf(stderr, "emulated GPU: block (%u, %u, %u): %u threads wait at __syncthreads for %u that have ended\n",
                    rg_block_index.x, rg_block_index.y, rg_block_index.z, waiting, done);
            return DIVERGED;
        }
        for (unsigned i = 0; i < n; i++)
            fibers[i].state = READY;
    }
}

static void on_fault(int, siginfo_t *, void *) { end_with(ILLEGAL_ADDRESS); }
static void on_trap(int, siginfo_t *, void *) { end_with(MISALIGNED); } // what build.sh has the compiler put in

bool rg_may_launch(unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes) {
    uint64_t n = (uint64_t)block_x * block_y * block_z, blocks = (uint64_t)grid_x * grid_y * grid_z;
    return n > 0 && n <= MAX_THREADS && block_z <= 64 && blocks > 0 && grid_x <= 2147483647u && grid_y <= 65535 && grid_z <= 65535 &&
           shared_bytes <= MAX_SHARED;
}

LaunchResult rg_launch(void (*kernel)(void **), void **arguments, const unsigned grid[3], const unsigned block[3],
                       unsigned shared_bytes, unsigned order) {
    uint64_t n = (uint64_t)block[0] * block[1] * block[2], blocks = (uint64_t)grid[0] * grid[1] * grid[2];
    if (!rg_may_launch(grid[0], grid[1], grid[2], block[0], block[1], block[2], shared_bytes))
        return BAD_LAUNCH;
    if (!stacks) {
        void *memory = mmap(0, MAX_THREADS * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            return BAD_LAUNCH;
        stacks = (char *)memory;
        rg_dynamic_shared = (char *)aligned_alloc(1024, MAX_SHARED / 1024 * 1024 + 1024);
    }
    the_kernel = kernel, the_arguments = arguments;
    rg_grid_dim = {grid[0], grid[1], grid[2]};
    rg_block_dim = {block[0], block[1], block[2]};

    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
    struct sigaction action = {}, before[4];
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int i = 0; i < 4; i++) {
        action.sa_sigaction = i < 2 ? on_fault : on_trap;
        sigaction(signals[i], &action, &before[i]);
    }
    launches++;
    copies_are_late = order % 2 == 0;
    volatile LaunchResult result = LAUNCHED;
    if (sigsetjmp(fault, 1)) {
        result = fault_kind;
    } else {
        for (uint64_t k = 0; k < blocks && result == LAUNCHED; k++) {
            uint64_t half = (blocks + 1) / 2, b = k; // even blocks before odd ones, for a third order
            if (order == 1)
                b = blocks - 1 - k;
            else if (order > 1)
                b = k < half ? 2 * k : 2 * (k - half) + 1;
            rg_block_index = {(unsigned)(b % grid[0]), (unsigned)(b / grid[0] % grid[1]), (unsigned)(b / grid[0] / grid[1])};
            result = run_block((unsigned)n, shared_bytes, order ? order + (order > 1 ? (unsigned)b : 0) : 0);
        }
    }
    for (int i = 0; i < 4; i++)
        sigaction(signals[i], &before[i], 0);
    return result;
}

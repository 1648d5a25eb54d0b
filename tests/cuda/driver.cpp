// Stand-in for libcuda: memory of the device is memory of the host, and kernels that a host compiler compiled run thread by thread.
// It refuses what the driver refuses. Memory that was not written is no number, and an access beyond an allocation ends the program.
// TURRET_STAND_IN_DEVICES=0 is a machine without a GPU, TURRET_STAND_IN_MEMORY the bytes of its memory.
#include <dlfcn.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "stand_in.h"

enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_CONTEXT = 201, NOT_FOUND = 500 };

int refused(int error, const std::string &what) {
    fprintf(stderr, "stand-in: error %d of %s\n", error, what.c_str());
    return error;
}

static size_t number(const char *variable, size_t otherwise) {
    const char *value = getenv(variable);
    return value ? strtoull(value, nullptr, 10) : otherwise;
}

static thread_local bool has_context = false;

// ---- Memory: each allocation ends where a page does that nobody may touch.

struct Allocation {
    size_t bytes;
    char *base;
    size_t mapped;
};
static std::mutex memory;
static std::map<Pointer, Allocation> allocations;
static size_t used = 0;

bool is_allocated(Pointer at, size_t bytes) {
    if (bytes == 0) {
        return true;
    }
    std::lock_guard<std::mutex> guard(memory);
    auto next = allocations.upper_bound(at);
    if (next == allocations.begin()) {
        return false;
    }
    auto found = std::prev(next);
    return at + bytes <= found->first + found->second.bytes;
}

static int allocate(Pointer *at, size_t bytes) {
    if (!has_context) {
        return refused(INVALID_CONTEXT, "cuMemAlloc");
    }
    std::lock_guard<std::mutex> guard(memory);
    if (bytes > number("TURRET_STAND_IN_MEMORY", size_t(64) << 30) - used) {
        return refused(OUT_OF_MEMORY, "cuMemAlloc");
    }
    if (bytes == 0) {
        *at = 0;
        return 0;
    }
    const size_t page = 4096, whole = (bytes + page - 1) / page * page;
    void *mapped = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        return refused(OUT_OF_MEMORY, "mmap");
    }
    char *base = static_cast<char *>(mapped);
    mprotect(base + whole, page, PROT_NONE);
    memset(base, 0xFF, whole);
    const size_t alignment = bytes % 8 == 0 ? 8 : bytes % 4 == 0 ? 4 : 1;
    *at = reinterpret_cast<Pointer>(base + (whole - bytes) / alignment * alignment);
    allocations[*at] = {bytes, base, whole + page};
    used += bytes;
    return 0;
}

static int release(Pointer at) {
    if (!has_context) {
        return refused(INVALID_CONTEXT, "cuMemFree");
    }
    std::lock_guard<std::mutex> guard(memory);
    auto found = allocations.find(at);
    if (at == 0) {
        return 0;
    }
    if (found == allocations.end()) {
        return refused(INVALID_VALUE, "cuMemFree");
    }
    munmap(found->second.base, found->second.mapped);
    used -= found->second.bytes;
    allocations.erase(found);
    return 0;
}

static int copy(void *to, const void *from, size_t bytes, bool is_allocated) {
    if (!has_context || !is_allocated) {
        return refused(has_context ? INVALID_VALUE : INVALID_CONTEXT, "cuMemcpy");
    }
    if (bytes > 0) {
        memcpy(to, from, bytes);
    }
    return 0;
}

static void *host(Pointer at) { return reinterpret_cast<void *>(at); }

// ---- Blocks: a thread runs until it ends or waits for the others, each that waits in a fiber of its own.

struct Index {
    unsigned x, y, z;
};
extern "C" {
Index stand_in_thread, stand_in_block, stand_in_block_size, stand_in_grid_size;
}
typedef void (*Launch)(void **parameters);

struct Fiber {
    ucontext_t context;
    bool waits;
};
static ucontext_t scheduler;
static std::vector<Fiber *> fibers;
static Fiber *running;
static unsigned next_thread, threads;
static Launch launched;
static void **parameters;

extern "C" void stand_in_barrier() {
    Fiber *self = running;
    const Index thread = stand_in_thread;
    self->waits = true;
    swapcontext(&self->context, &scheduler);
    stand_in_thread = thread;
}

static void run_threads() {
    for (;;) {
        while (next_thread < threads) {
            const unsigned thread = next_thread++, row = thread / stand_in_block_size.x;
            stand_in_thread = {thread % stand_in_block_size.x, row % stand_in_block_size.y, row / stand_in_block_size.y};
            launched(parameters);
        }
        swapcontext(&running->context, &scheduler);
    }
}

static Fiber *new_fiber() {
    const size_t stack = 64 << 10;
    Fiber *fiber = new Fiber;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = malloc(stack);
    fiber->context.uc_stack.ss_size = stack;
    fiber->context.uc_link = nullptr;
    makecontext(&fiber->context, run_threads, 0);
    return fiber;
}

// Runs a fiber until it waits or has no thread left; whether it waits.
static bool waits(Fiber *fiber) {
    fiber->waits = false;
    running = fiber;
    swapcontext(&scheduler, &fiber->context);
    return fiber->waits;
}

static void run_block() {
    next_thread = 0;
    std::vector<Fiber *> waiting;
    for (size_t at = 0; next_thread < threads; at++) {
        if (at == fibers.size()) {
            fibers.push_back(new_fiber());
        }
        if (waits(fibers[at])) {
            waiting.push_back(fibers[at]);
        }
    }
    while (!waiting.empty()) {
        std::vector<Fiber *> again;
        for (Fiber *fiber : waiting) {
            if (waits(fiber)) {
                again.push_back(fiber);
            }
        }
        waiting.swap(again);
    }
}

// ---- Modules: kernels are looked up in the libraries beside this one, or in the one that a module names.

struct Module {
    void *library;
};
struct Function {
    std::string name;
    Launch launch;
};

static void *open(const std::filesystem::path &path) {
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "stand-in: %s\n", dlerror());
        abort();
    }
    return library;
}

static const std::vector<void *> &libraries() {
    static std::vector<void *> all;
    if (all.empty()) {
        Dl_info info;
        dladdr(reinterpret_cast<void *>(&refused), &info);
        const auto folder = std::filesystem::canonical(info.dli_fname).parent_path() / "kernels";
        for (const auto &entry : std::filesystem::directory_iterator(folder)) {
            all.push_back(open(entry.path()));
        }
    }
    return all;
}

extern "C" {
int cuInit(unsigned) { return number("TURRET_STAND_IN_DEVICES", 1) ? 0 : NO_DEVICE; }
int cuDeviceGetCount(int *count) {
    *count = number("TURRET_STAND_IN_DEVICES", 1);
    return 0;
}
int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return size_t(ordinal) < number("TURRET_STAND_IN_DEVICES", 1) ? 0 : INVALID_DEVICE;
}
int cuDeviceGetAttribute(int *value, int, int) {
    *value = 1;
    return 0;
}
int cuDevicePrimaryCtxRetain(void **context, int) {
    *context = &allocations;
    return 0;
}
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *context) {
    has_context = context != nullptr;
    return 0;
}
int cuCtxGetCurrent(void **context) {
    *context = has_context ? &allocations : nullptr;
    return 0;
}
int cuEventCreate(void **event, unsigned) {
    *event = &memory;
    return 0;
}
int cuEventRecord(void *, void *) { return 0; }
int cuEventDestroy_v2(void *) { return 0; }
int cuStreamCreate(void **stream, unsigned) {
    *stream = &memory;
    return 0;
}
int cuStreamSynchronize(void *) { return 0; }
int cuStreamWaitEvent(void *, void *, unsigned) { return 0; }
int cuStreamDestroy_v2(void *) { return 0; }

int cuMemAllocAsync(Pointer *at, size_t bytes, void *) { return allocate(at, bytes); }
int cuMemAlloc_v2(Pointer *at, size_t bytes) { return allocate(at, bytes); }
int cuMemFreeAsync(Pointer at, void *) { return release(at); }
int cuMemFree_v2(Pointer at) { return release(at); }
int cuMemsetD8_v2(Pointer at, unsigned char value, size_t bytes) {
    if (!has_context || !is_allocated(at, bytes)) {
        return refused(has_context ? INVALID_VALUE : INVALID_CONTEXT, "cuMemset");
    }
    if (bytes > 0) {
        memset(host(at), value, bytes);
    }
    return 0;
}
int cuMemsetD8Async(Pointer at, unsigned char value, size_t bytes, void *) { return cuMemsetD8_v2(at, value, bytes); }
int cuMemcpyHtoD_v2(Pointer to, const void *from, size_t bytes) {
    return copy(host(to), from, bytes, is_allocated(to, bytes));
}
int cuMemcpyDtoH_v2(void *to, Pointer from, size_t bytes) {
    return copy(to, host(from), bytes, is_allocated(from, bytes));
}
int cuMemcpyDtoD_v2(Pointer to, Pointer from, size_t bytes) {
    return copy(host(to), host(from), bytes, is_allocated(to, bytes) && is_allocated(from, bytes));
}
int cuMemcpyHtoDAsync_v2(Pointer to, const void *from, size_t bytes, void *) { return cuMemcpyHtoD_v2(to, from, bytes); }
int cuMemcpyDtoHAsync_v2(void *to, Pointer from, size_t bytes, void *) { return cuMemcpyDtoH_v2(to, from, bytes); }
int cuMemcpyDtoDAsync_v2(Pointer to, Pointer from, size_t bytes, void *) { return cuMemcpyDtoD_v2(to, from, bytes); }

int cuModuleLoadData(Module **module, const void *image) {
    const std::string text = static_cast<const char *>(image);
    const bool names_library = text.starts_with(LIBRARY);
    *module = new Module{names_library ? open(text.substr(LIBRARY.size())) : nullptr};
    return 0;
}
int cuModuleLoad(Module **, const char *path) { return refused(NOT_FOUND, path); }
int cuModuleUnload(Module *module) {
    delete module;
    return 0;
}
int cuModuleGetFunction(Function **function, Module *module, const char *name) {
    const std::string symbol = std::string("launch_") + name;
    void *found = nullptr;
    for (void *library : module->library ? std::vector<void *>{module->library} : libraries()) {
        found = found ? found : dlsym(library, symbol.c_str());
    }
    if (!found) {
        return refused(NOT_FOUND, name);
    }
    *function = new Function{name, reinterpret_cast<Launch>(found)};
    return 0;
}
int cuLaunchKernel(Function *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned, void *, void **given, void **) {
    if (!has_context) {
        return refused(INVALID_CONTEXT, function->name);
    }
    if (size_t(grid_x) * grid_y * grid_z * block_x * block_y * block_z == 0) {
        return refused(INVALID_VALUE, function->name + " of no threads");
    }
    static std::mutex one_at_a_time;
    std::lock_guard<std::mutex> guard(one_at_a_time);
    stand_in_block_size = {block_x, block_y, block_z};
    stand_in_grid_size = {grid_x, grid_y, grid_z};
    threads = block_x * block_y * block_z;
    launched = function->launch;
    parameters = given;
    for (unsigned z = 0; z < grid_z; z++) {
        for (unsigned y = 0; y < grid_y; y++) {
            for (unsigned x = 0; x < grid_x; x++) {
                stand_in_block = {x, y, z};
                run_block();
            }
        }
    }
    return 0;
}
int cuGetErrorName(int, const char **name) {
    *name = "CUDA_ERROR";
    return 0;
}
int cuGetErrorString(int error, const char **text) {
    *text = error == NO_DEVICE         ? "no CUDA-capable device is detected"
            : error == OUT_OF_MEMORY ? "out of memory"
                                     : "refused by the stand-in";
    return 0;
}
}

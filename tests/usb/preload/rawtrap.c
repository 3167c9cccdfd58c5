/*
 * Test tool, ships in no package. LD_PRELOADed behind libumockdev-preload: routes the *raw* system calls
 * of one addon (the Rust code of npm's usb 3.x calls the kernel without libc) through libc, where
 * umockdev's wrappers see them. Linux x86_64 with glibc.
 *
 * When the addon that RAWTRAP_MATCH names is loaded, a seccomp filter traps open, openat, ioctl and close,
 * but only where the calling instruction lies in that addon's own text; the SIGSYS handler then calls
 * libc's function. libc's own calls are never trapped, so nothing nests.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static void on_sigsys(int sig, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  const char *path;
  int saved = errno;
  long result;
  (void)sig;
  switch (info->si_syscall) {
    case SYS_ioctl:
      result = ioctl((int)r[REG_RDI], (unsigned long)r[REG_RSI], (void *)r[REG_RDX]);
      break;
    case SYS_openat:
      path = (const char *)r[REG_RSI];
      result = path[0] == '/' ? open(path, (int)r[REG_RDX], (mode_t)r[REG_R10])
                              : openat((int)r[REG_RDI], path, (int)r[REG_RDX], (mode_t)r[REG_R10]);
      break;
    case SYS_open:
      result = open((const char *)r[REG_RDI], (int)r[REG_RSI], (mode_t)r[REG_RDX]);
      break;
    case SYS_close:
      result = close((int)r[REG_RDI]);
      break;
    default:
      result = -1;
      errno = ENOSYS;
  }
  r[REG_RAX] = result == -1 ? -errno : result;
  errno = saved;
}

static int find_text(struct dl_phdr_info *info, size_t size, void *data) {
  uintptr_t *range = data;
  (void)size;
  if (!info->dlpi_name || !strstr(info->dlpi_name, getenv("RAWTRAP_MATCH"))) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    range[0] = info->dlpi_addr + part->p_vaddr;
    range[1] = range[0] + part->p_memsz;
    return 1;
  }
  return 0;
}

static void install(uintptr_t low, uintptr_t high) {
  static int done;
  if (done++) return;
  if (low >> 32 != high >> 32) { /* the filter compares the upper half once */
    fprintf(stderr, "rawtrap: the addon's text crosses 4 GiB\n");
    return;
  }
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGSYS, &action, NULL);
  const uint32_t ip = offsetof(struct seccomp_data, instruction_pointer);
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(low >> 32), 0, 8),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)low, 0, 6),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)high, 5, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program)) {
    perror("rawtrap: seccomp");
  }
}

void *dlopen(const char *path, int flags) {
  static void *(*next)(const char *, int);
  if (!next) next = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
  void *handle = next(path, flags);
  const char *match = getenv("RAWTRAP_MATCH");
  uintptr_t range[2];
  if (handle && path && match && strstr(path, match) && dl_iterate_phdr(find_text, range)) {
    install(range[0], range[1]);
  }
  return handle;
}

/* hidapi finds the device behind an open node with fstat(): our nodes are FIFOs, so give them the mocked
 * device number. struct stat and struct stat64 are the same here. */
static int mock_stat(int result, int fd, struct stat *st) {
  const char *mocked = getenv("UMOCKDEV_DIR");
  char link[64], target[4096];
  struct stat node;
  if (result || !mocked || !S_ISFIFO(st->st_mode)) return result;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, target, sizeof target - 1);
  if (n <= 0) return result;
  target[n] = 0;
  if (!strncmp(target, mocked, strlen(mocked)) && !stat(target + strlen(mocked), &node)) {
    st->st_mode = node.st_mode;
    st->st_rdev = node.st_rdev;
  }
  return result;
}

int __fxstat64(int version, int fd, struct stat64 *st) {
  (void)version;
  return mock_stat((int)syscall(SYS_fstat, fd, st), fd, (struct stat *)st);
}

int fstat64(int fd, struct stat64 *st) {
  return mock_stat((int)syscall(SYS_fstat, fd, st), fd, (struct stat *)st);
}

/* nusb seeks device nodes to their beginning before it reads descriptors; FIFOs cannot be sought. */
off64_t lseek64(int fd, off64_t offset, int whence) {
  struct stat st;
  if (!syscall(SYS_fstat, fd, &st) && S_ISFIFO(st.st_mode)) return 0;
  return syscall(SYS_lseek, fd, offset, whence);
}

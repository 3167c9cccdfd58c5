/*
 * A pseudo-terminal whose other end is this program's standard input and output: prints the path of the
 * terminal and a newline, then relays bytes both ways. At the end of its input it hangs the terminal up,
 * as the kernel does when a USB adapter is unplugged, and leaves.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

/* Moves what is there; returns 0 at the end. Whatever it relays may be a secret and is not kept. */
static int relay(int from, int to) {
  char buffer[4096];
  ssize_t got = read(from, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return 1;
  for (ssize_t done = 0, put; done < got; done += put) {
    put = write(to, buffer + done, (size_t)(got - done));
    if (put < 0 && errno != EINTR) fail("write");
    if (put < 0) put = 0;
  }
  explicit_bzero(buffer, sizeof buffer);
  return got > 0;
}

int main(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) fail("posix_openpt");
  const char *path = ptsname(master);
  /* Kept open, so that the terminal outlives the programs that open and close it. */
  int slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios raw;
  if (slave < 0 || tcgetattr(slave, &raw) < 0) fail(path);
  cfmakeraw(&raw);
  if (tcsetattr(slave, TCSANOW, &raw) < 0) fail("tcsetattr");
  printf("%s\n", path);
  fflush(stdout);

  struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = master, .events = POLLIN}};
  for (;;) {
    if (poll(ends, 2, -1) < 0 && errno != EINTR) fail("poll");
    if (ends[1].revents && !relay(master, STDOUT_FILENO)) break;
    if (ends[0].revents && !relay(STDIN_FILENO, master)) break;
  }
#ifdef TIOCVHANGUP
  ioctl(slave, TIOCVHANGUP); /* for the superuser only; others see the end of the other side */
#endif
  return 0;
}

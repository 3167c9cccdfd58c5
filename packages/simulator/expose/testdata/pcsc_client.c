/*
 * An independent PC/SC program for the tests: it shares nothing with otpsmith but libpcsclite.
 *
 *   list                       one line a reader
 *   send READER HEX...         one line an exchange: the return code in hex, then the answer
 *   lengths READER FROM TO     sends every length; each answer must be FROM's echo (see echo_card in tests)
 *   bench READER COUNT LENGTH  median milliseconds of an exchange
 *   watch READER               "present" or "absent" at each change, and at each one missed, until standard input ends
 *   wait READER STATE MS       waits until the reader is "present" or "absent"
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

static SCARDCONTEXT context;
static SCARDHANDLE card;
static DWORD protocol;

static void check(const char *what, LONG rv) {
  if (rv == SCARD_S_SUCCESS) return;
  printf("%s %08lx\n", what, (unsigned long)rv & 0xFFFFFFFF);
  exit(1);
}

static void connect_to(const char *reader) {
  check("connect", SCardConnect(context, reader, SCARD_SHARE_EXCLUSIVE,
                                SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol));
}

static LONG transmit(const BYTE *command, DWORD length, BYTE *answer, DWORD *room) {
  return SCardTransmit(card, protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1, command,
                       length, NULL, answer, room);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void list(void) {
  char names[16 * MAX_READERNAME];
  DWORD length = sizeof names;
  LONG rv = SCardListReaders(context, NULL, names, &length);
  if (rv == SCARD_E_NO_READERS_AVAILABLE) return;
  check("list", rv);
  for (char *name = names; *name; name += strlen(name) + 1) puts(name);
}

static void send_all(int count, char **hex) {
  static BYTE command[70000], answer[70000];
  for (int i = 0; i < count; i++) {
    DWORD length = strlen(hex[i]) / 2, room = sizeof answer;
    for (DWORD j = 0; j < length; j++) sscanf(hex[i] + 2 * j, "%2hhx", &command[j]);
    LONG rv = transmit(command, length, answer, &room);
    printf("%08lx ", (unsigned long)rv & 0xFFFFFFFF);
    for (DWORD j = 0; rv == SCARD_S_SUCCESS && j < room; j++) printf("%02x", answer[j]);
    putchar('\n');
    fflush(stdout);
  }
}

/* The card answers with the command's bytes, each plus one, and 9000. */
static void lengths(int from, int to) {
  for (int length = from; length <= to; length++) {
    BYTE command[300], answer[300];
    DWORD room = sizeof answer;
    int expected = length < 253 ? length : 253;
    for (int i = 0; i < length; i++) command[i] = (BYTE)(i * 7 + length);
    check("transmit", transmit(command, length, answer, &room));
    if ((int)room != expected + 2) printf("%d: answer of %lu bytes\n", length, room), exit(1);
    for (int i = 0; i < expected; i++)
      if (answer[i] != (BYTE)(command[i] + 1)) printf("%d: byte %d differs\n", length, i), exit(1);
  }
  printf("%d exchanges\n", to - from + 1);
}

static void bench(int count, int length) {
  double *times = malloc(sizeof *times * count);
  BYTE command[300] = {0x80, 0x41}, answer[300];
  for (int i = 0; i < count; i++) {
    DWORD room = sizeof answer;
    double start = now_ms();
    check("transmit", transmit(command, length, answer, &room));
    times[i] = now_ms() - start;
  }
  qsort(times, count, sizeof *times, by_value);
  printf("%.4f\n", times[count / 2]);
}

static void watch(const char *reader, const char *until, int timeout_ms) {
  SCARD_READERSTATE state = {.szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE};
  int known = -1;
  DWORD events = 0;
  double deadline = now_ms() + timeout_ms;
  for (;;) {
    LONG rv = SCardGetStatusChange(context, 50, &state, 1);
    if (rv != SCARD_E_TIMEOUT) {
      check("watch", rv);
      int present = (state.dwEventState & SCARD_STATE_PRESENT) != 0;
      // The upper half counts comings and goings: a gap too short to be seen shows there.
      if (present != known || state.dwEventState >> 16 != events) {
        known = present;
        events = state.dwEventState >> 16;
        puts(present ? "present" : "absent");
        fflush(stdout);
        if (until && strcmp(until, present ? "present" : "absent") == 0) return;
      }
      state.dwCurrentState = state.dwEventState;
    }
    struct pollfd in = {.fd = 0, .events = POLLIN};
    if (until ? now_ms() > deadline : poll(&in, 1, 0) > 0) exit(until ? 1 : 0);
  }
}

int main(int argc, char **argv) {
  const char *task = argc > 1 ? argv[1] : "";
  check("context", SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
  if (strcmp(task, "list") == 0) list();
  if (strcmp(task, "watch") == 0) watch(argv[2], NULL, 0);
  if (strcmp(task, "wait") == 0) watch(argv[2], argv[3], atoi(argv[4]));
  if (strcmp(task, "list") && strcmp(task, "watch") && strcmp(task, "wait")) connect_to(argv[2]);
  if (strcmp(task, "send") == 0) send_all(argc - 3, argv + 3);
  if (strcmp(task, "lengths") == 0) lengths(atoi(argv[3]), atoi(argv[4]));
  if (strcmp(task, "bench") == 0) bench(atoi(argv[3]), atoi(argv[4]));
  if (card) SCardDisconnect(card, SCARD_LEAVE_CARD);
  SCardReleaseContext(context);
  return 0;
}

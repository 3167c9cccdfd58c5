/*
 * The program that transport-pcsc is measured against: nothing between it and libpcsclite.
 *
 *   pcsc_peer READER
 *
 * Connects to the card, says "ready", then answers every line "COUNT HEX" with the nanoseconds that COUNT
 * exchanges of that command took. Ends with the end of its input, or with a message when an exchange
 * fails or is answered with anything but 9000: a failure must not pass for speed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

static void must(const char *what, LONG code) {
  if (code == SCARD_S_SUCCESS) return;
  fprintf(stderr, "%s: 0x%08lx\n", what, (unsigned long)(uint32_t)code);
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv) {
  SCARDCONTEXT context;
  SCARDHANDLE card;
  DWORD protocol;
  long count;
  char hex[2 * 261 + 1];
  BYTE command[261], answer[258];

  if (argc != 2) return 2;
  must("SCardEstablishContext", SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
  must("SCardConnect", SCardConnect(context, argv[1], SCARD_SHARE_SHARED,
                                    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol));
  const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  puts("ready");
  fflush(stdout);

  while (scanf("%ld %522s", &count, hex) == 2) {
    DWORD length = strlen(hex) / 2;
    for (DWORD i = 0; i < length; i++) sscanf(hex + 2 * i, "%2hhx", &command[i]);
    int64_t start = now_ns();
    for (long i = 0; i < count; i++) {
      DWORD received = sizeof answer;
      must("SCardTransmit", SCardTransmit(card, pci, command, length, NULL, answer, &received));
      if (received < 2 || answer[received - 2] != 0x90 || answer[received - 1] != 0x00) {
        fputs("SCardTransmit: the card did not answer 9000\n", stderr);
        return 1;
      }
    }
    printf("%lld\n", (long long)(now_ns() - start));
    fflush(stdout);
  }
  SCardDisconnect(card, SCARD_LEAVE_CARD);
  SCardReleaseContext(context);
  return 0;
}

/*
 * A smart-card reader for the real pcscd whose cards are ordinary programs (an "IFD handler", the
 * plug-in API of pcsc-lite described in its ifdhandler.h).
 *
 *   DEVICENAME DIR[:SLOTS[:TIMEOUT_MS]]
 *
 * Every slot listens on the Unix socket DIR/<slot>. A card is in the slot while a program is connected
 * to that socket, so insertion and removal are events and nothing is polled. One program at a time:
 * further ones are turned away, they do not wait to become the next card unseen.
 *
 * Frames are those of vsmartcard's vpcd, so that one simulator serves both drivers: two bytes of
 * length, most significant first, then the payload. One byte from here is a control: 0 power off,
 * 1 power on, 2 reset (none of them answered), 4 "give your ATR" (answered with it). Anything longer is a
 * command APDU; the answer is data and status word.
 *
 * Threads: pcscd calls everything but wait_for_change() and stop_waiting() with the slot's mutex held.
 * wait_for_change() runs beside an exchange, therefore an exchange that fails only shuts the connection
 * down. Cards come and go in IFDHICCPresence(), and there only on the thread that waits.
 *
 * Not every answer of IFDHICCPresence() is looked at: pcscd also asks before it switches the power
 * (IFDPowerICC() in ifdwrapper.c), on any thread, and forgets what it heard. So that no change is lost,
 * wait_for_change() comes back at once after each, and no card is let in before it was called again: a
 * card that is swapped is absent for at least one look.
 */
#define _GNU_SOURCE
#include <debuglog.h>
#include <errno.h>
#include <ifdhandler.h>
#include <poll.h>
#include <reader.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_READERS = 16, MAX_SLOTS = 16, MAX_FRAME = 65535, DEFAULT_TIMEOUT_MS = 5000 };
enum { POWER_OFF = 0, POWER_ON = 1, RESET = 2, GET_ATR = 4 };

struct slot {
  int open;           /* the channel was created */
  int listener;       /* where cards connect */
  _Atomic int card;   /* the connected card, -1 without one */
  int gone;           /* the last one has gone, and nobody has waited since */
  int changed;        /* a card has come or gone, and nobody has waited since */
  int wake;           /* eventfd that ends wait_for_change() */
  int slots;          /* how many slots this reader has */
  int timeout_ms;     /* how long a card may think about one command */
  DWORD atr_length;
  UCHAR atr[MAX_ATR_SIZE];
  struct sockaddr_un address;
};

static struct slot all_slots[MAX_READERS][MAX_SLOTS];

static struct slot *slot_of(DWORD lun) {
  DWORD reader = lun >> 16 & 0xFFFF, number = lun & 0xFFFF;
  return reader < MAX_READERS && number < MAX_SLOTS ? &all_slots[reader][number] : NULL;
}

static struct slot *open_slot(DWORD lun) {
  struct slot *slot = slot_of(lun);
  return slot && slot->open ? slot : NULL;
}

/* ---- one exchange ------------------------------------------------------------------------------ */

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads exactly `length` bytes before the deadline, however slowly they trickle in. */
static RESPONSECODE receive(int fd, UCHAR *to, size_t length, int64_t deadline) {
  while (length > 0) {
    int64_t left = deadline - now_ms();
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
    if (ready == 0) return IFD_RESPONSE_TIMEOUT;
    ssize_t got = ready > 0 ? recv(fd, to, length, MSG_DONTWAIT) : -1;
    if (got == 0) return IFD_COMMUNICATION_ERROR; /* torn out */
    if (got < 0 && errno != EINTR && errno != EAGAIN) return IFD_COMMUNICATION_ERROR;
    if (got > 0) to += got, length -= (size_t)got;
  }
  return IFD_SUCCESS;
}

/*
 * Sends one frame and, with `answer`, waits for the one that answers it; *answer_length is the room and
 * then what came. After any failure the conversation is out of step: the card is thrown out.
 */
static RESPONSECODE exchange(struct slot *slot, const UCHAR *payload, DWORD length, UCHAR *answer,
                             DWORD *answer_length) {
  UCHAR frame[2 + MAX_FRAME], stray;
  int fd = slot->card;
  RESPONSECODE result = IFD_COMMUNICATION_ERROR;

  if (fd < 0 || length > MAX_FRAME) return IFD_COMMUNICATION_ERROR;
  frame[0] = (UCHAR)(length >> 8);
  frame[1] = (UCHAR)length;
  memcpy(frame + 2, payload, length);

  /* Nothing may be waiting now: it would be taken for the answer. */
  if (recv(fd, &stray, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN &&
      send(fd, frame, length + 2, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length + 2) {
    if (!answer) return IFD_SUCCESS;
    int64_t deadline = now_ms() + slot->timeout_ms;
    UCHAR head[2];
    result = receive(fd, head, 2, deadline);
    if (result == IFD_SUCCESS) {
      DWORD size = (DWORD)head[0] << 8 | head[1];
      result = size > *answer_length ? IFD_ERROR_INSUFFICIENT_BUFFER
                                     : receive(fd, answer, size, deadline);
      *answer_length = size;
    }
  }
  explicit_bzero(frame, length + 2); /* it may have been a seed */
  if (result != IFD_SUCCESS) shutdown(fd, SHUT_RDWR);
  return result;
}

static RESPONSECODE control(struct slot *slot, UCHAR code) {
  return exchange(slot, &code, 1, NULL, NULL);
}

/* ---- waiting for cards, on pcscd's event thread ------------------------------------------------ */

static _Thread_local int waits; /* this is the thread that waits for changes, and hears of them */

/* Returns when a card comes or goes, when another one knocks, when told to stop, or after timeout_ms. */
static RESPONSECODE wait_for_change(DWORD lun, int timeout_ms) {
  struct slot *slot = open_slot(lun);
  if (!slot) return IFD_NO_SUCH_DEVICE;
  struct pollfd wait[] = {
      {.fd = slot->wake, .events = POLLIN},
      {.fd = slot->listener, .events = POLLIN},
      {.fd = slot->card, .events = POLLRDHUP}, /* poll() passes over -1 */
  };
  eventfd_t stops;
  int changed = slot->changed;
  waits = 1;
  slot->gone = slot->changed = 0;
  poll(wait, 3, changed ? 0 : timeout_ms);
  /* pcscd also stops the wait to begin its countdown to power off: a stop counts once, or we spin. */
  eventfd_read(slot->wake, &stops);
  return IFD_SUCCESS;
}

static RESPONSECODE stop_waiting(DWORD lun) {
  struct slot *slot = open_slot(lun);
  return slot && eventfd_write(slot->wake, 1) == 0 ? IFD_SUCCESS : IFD_NO_SUCH_DEVICE;
}

RESPONSECODE IFDHICCPresence(DWORD lun) {
  struct slot *slot = open_slot(lun);
  UCHAR peek;
  if (!slot) return IFD_NO_SUCH_DEVICE;
  if (slot->card < 0) {
    if (waits && !slot->gone) slot->card = accept4(slot->listener, NULL, NULL, SOCK_CLOEXEC);
    if (slot->card < 0) return IFD_ICC_NOT_PRESENT;
    slot->changed = 1;
    return IFD_ICC_PRESENT;
  }
  if (recv(slot->card, &peek, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
    if (!waits) return IFD_ICC_NOT_PRESENT;
    close(slot->card);
    slot->card = -1;
    slot->gone = slot->changed = 1;
    return IFD_ICC_NOT_PRESENT;
  }
  int intruder = accept4(slot->listener, NULL, NULL, SOCK_CLOEXEC);
  if (intruder >= 0) close(intruder);
  return IFD_ICC_PRESENT;
}

/* ---- the rest of the plug-in API --------------------------------------------------------------- */

RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR device) {
  struct slot *slot = slot_of(lun);
  char directory[sizeof slot->address.sun_path];
  int slots = MAX_SLOTS, timeout_ms = DEFAULT_TIMEOUT_MS;

  if (!slot) return IFD_NO_SUCH_DEVICE;
  size_t length = strcspn(device, ":");
  if (length >= sizeof directory) length = 0;
  memcpy(directory, device, length);
  directory[length] = 0;
  sscanf(device + length, ":%d:%d", &slots, &timeout_ms);
  int written = snprintf(slot->address.sun_path, sizeof slot->address.sun_path, "%s/%lu", directory,
                         (unsigned long)(lun & 0xFFFF));
  if (length == 0 || written >= (int)sizeof slot->address.sun_path || slots < 1 ||
      slots > MAX_SLOTS || timeout_ms < 1) {
    Log2(PCSC_LOG_CRITICAL, "DEVICENAME is not DIR[:SLOTS[:TIMEOUT_MS]] or too long: %s", device);
    return IFD_COMMUNICATION_ERROR;
  }
  slot->address.sun_family = AF_UNIX;
  slot->slots = slots;
  slot->timeout_ms = timeout_ms;
  slot->card = -1;
  slot->gone = slot->changed = 0;
  slot->atr_length = 0;
  slot->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  slot->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  unlink(slot->address.sun_path); /* left by a daemon that was killed */
  if (slot->wake < 0 || slot->listener < 0 ||
      bind(slot->listener, (struct sockaddr *)&slot->address, sizeof slot->address) != 0 ||
      listen(slot->listener, 4) != 0) {
    Log3(PCSC_LOG_CRITICAL, "Cannot listen on %s: %s", slot->address.sun_path, strerror(errno));
    if (slot->wake >= 0) close(slot->wake);
    if (slot->listener >= 0) close(slot->listener);
    return IFD_COMMUNICATION_ERROR;
  }
  slot->open = 1;
  return IFD_SUCCESS;
}

RESPONSECODE IFDHCreateChannel(DWORD lun, DWORD channel) {
  (void)lun, (void)channel;
  return IFD_NOT_SUPPORTED; /* a directory is needed: only reader.conf with DEVICENAME can give it */
}

RESPONSECODE IFDHCloseChannel(DWORD lun) {
  struct slot *slot = open_slot(lun);
  if (!slot) return IFD_NO_SUCH_DEVICE;
  slot->open = 0;
  if (slot->card >= 0) close(slot->card);
  close(slot->listener);
  close(slot->wake);
  unlink(slot->address.sun_path);
  return IFD_SUCCESS;
}

RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD atr_length) {
  struct slot *slot = open_slot(lun);
  UCHAR get_atr = GET_ATR;
  if (!slot) return IFD_NO_SUCH_DEVICE;
  slot->atr_length = 0;
  *atr_length = 0;
  if (action == IFD_POWER_DOWN) {
    control(slot, POWER_OFF);
    return IFD_SUCCESS; /* a card that has gone is off as well */
  }
  if (action != IFD_POWER_UP && action != IFD_RESET) return IFD_NOT_SUPPORTED;
  DWORD length = sizeof slot->atr;
  if (control(slot, action == IFD_RESET ? RESET : POWER_ON) != IFD_SUCCESS ||
      exchange(slot, &get_atr, 1, slot->atr, &length) != IFD_SUCCESS)
    return IFD_ERROR_POWER_ACTION;
  slot->atr_length = *atr_length = length;
  memcpy(atr, slot->atr, length);
  return IFD_SUCCESS;
}

RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send_pci, PUCHAR command, DWORD length,
                               PUCHAR answer, PDWORD answer_length, PSCARD_IO_HEADER receive_pci) {
  struct slot *slot = open_slot(lun);
  DWORD room = *answer_length;
  (void)send_pci, (void)receive_pci;
  *answer_length = 0;
  if (!slot) return IFD_NO_SUCH_DEVICE;
  if (length < 4) return IFD_COMMUNICATION_ERROR; /* not an APDU; one byte would be a control */
  RESPONSECODE result = exchange(slot, command, length, answer, &room);
  if (result == IFD_SUCCESS) *answer_length = room;
  return result;
}

RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value) {
  struct slot *slot = open_slot(lun);
  void *pointer = tag == TAG_IFD_POLLING_THREAD_WITH_TIMEOUT ? (void *)wait_for_change
                  : tag == TAG_IFD_STOP_POLLING_THREAD       ? (void *)stop_waiting
                                                             : NULL;
  if (!slot) return IFD_NO_SUCH_DEVICE;
  if (pointer) {
    if (*length < sizeof pointer) return IFD_ERROR_INSUFFICIENT_BUFFER;
    *length = sizeof pointer;
    memcpy(value, &pointer, sizeof pointer);
    return IFD_SUCCESS;
  }
  if (tag == TAG_IFD_ATR || tag == SCARD_ATTR_ATR_STRING) {
    if (*length < slot->atr_length) return IFD_ERROR_INSUFFICIENT_BUFFER;
    *length = slot->atr_length;
    memcpy(value, slot->atr, slot->atr_length);
    return IFD_SUCCESS;
  }
  int number = tag == TAG_IFD_SLOTS_NUMBER           ? slot->slots
               : tag == TAG_IFD_SIMULTANEOUS_ACCESS  ? MAX_READERS
               : tag == TAG_IFD_THREAD_SAFE          ? 1
               : tag == TAG_IFD_SLOT_THREAD_SAFE     ? 1
                                                     : 0;
  if (number == 0) return IFD_ERROR_TAG;
  if (*length < 1) return IFD_ERROR_INSUFFICIENT_BUFFER;
  *length = 1;
  *value = (UCHAR)number;
  return IFD_SUCCESS;
}

RESPONSECODE IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value) {
  (void)lun, (void)tag, (void)length, (void)value;
  return IFD_ERROR_TAG;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2,
                                       UCHAR pts3) {
  (void)lun, (void)protocol, (void)flags, (void)pts1, (void)pts2, (void)pts3;
  return IFD_SUCCESS; /* the frames carry whole APDUs: T=0 and T=1 are the same */
}

RESPONSECODE IFDHControl(DWORD lun, DWORD code, PUCHAR to, DWORD to_length, PUCHAR from, DWORD room,
                         LPDWORD returned) {
  (void)lun, (void)code, (void)to, (void)to_length, (void)from, (void)room;
  *returned = 0;
  return IFD_ERROR_NOT_SUPPORTED;
}

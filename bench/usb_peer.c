/*
 * The program that ccid() is measured against: nothing between it and libusb.
 *
 *   usb_peer
 *
 * Takes the first virtual OMNIKEY 5427 CK, gives its card power, says "ready", then answers every line
 * "COUNT" with the nanoseconds that COUNT exchanges of the echo command took. Ends with the end of its input,
 * or with a message when an exchange fails or is answered with anything but 9000: a failure must not pass for
 * speed. libusb is loaded by its name, so that its headers are not needed to build this.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct libusb_device_handle libusb_device_handle;

static int (*usb_init)(void *);
static libusb_device_handle *(*usb_open)(void *, uint16_t, uint16_t);
static int (*usb_claim)(libusb_device_handle *, int);
static int (*usb_bulk)(libusb_device_handle *, unsigned char, unsigned char *, int, int *, unsigned);

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found) return found;
  fprintf(stderr, "libusb has no %s\n", name);
  exit(1);
}

static void must(const char *what, int code) {
  if (code == 0) return;
  fprintf(stderr, "%s: %d\n", what, code);
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint8_t sequence;

/* One CCID message and its answer; gives the length of the answer's data. */
static int say(libusb_device_handle *device, uint8_t type, const uint8_t *data, int length,
               uint8_t *answer, int room) {
  uint8_t message[10 + 261] = {type, (uint8_t)length, 0, 0, 0, 0, sequence};
  int done = 0;
  memcpy(message + 10, data, length);
  must("bulk out", usb_bulk(device, 0x02, message, 10 + length, &done, 5000));
  do {
    must("bulk in", usb_bulk(device, 0x81, answer, room, &done, 5000));
  } while (done >= 10 && (answer[7] & 0xc0) == 0x80);
  if (done < 10 || answer[6] != sequence || (answer[7] & 0xc0) != 0) {
    fputs("the reader did not answer\n", stderr);
    exit(1);
  }
  sequence++;
  return done - 10;
}

int main(void) {
  uint8_t answer[1024], command[5 + 68] = {0x00, 0xe0, 0x00, 0x00, 68};
  long count;
  void *library = dlopen("libusb-1.0.so.0", RTLD_NOW);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  *(void **)&usb_init = symbol(library, "libusb_init");
  *(void **)&usb_open = symbol(library, "libusb_open_device_with_vid_pid");
  *(void **)&usb_claim = symbol(library, "libusb_claim_interface");
  *(void **)&usb_bulk = symbol(library, "libusb_bulk_transfer");
  must("libusb_init", usb_init(NULL));
  libusb_device_handle *device = usb_open(NULL, 0x076b, 0x5427);
  if (!device) {
    fputs("there is no reader\n", stderr);
    return 1;
  }
  must("claim", usb_claim(device, 0));
  say(device, 0x62, command, 0, answer, sizeof answer);
  puts("ready");
  fflush(stdout);
  while (scanf("%ld", &count) == 1) {
    int64_t start = now_ns();
    for (long i = 0; i < count; i++) {
      int length = say(device, 0x6f, command, sizeof command, answer, sizeof answer);
      if (length < 2 || answer[10 + length - 2] != 0x90) {
        fputs("the card did not answer 9000\n", stderr);
        return 1;
      }
    }
    printf("%lld\n", (long long)(now_ns() - start));
    fflush(stdout);
  }
  return 0;
}

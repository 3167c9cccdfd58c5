/*
 * Debian's zbar, one of the readers that `npm run bench -- scan` compares: nothing between it and libzbar,
 * and no start of a process for each picture.
 *
 * Says "ready", then answers each picture on its input ("P5 WIDTH HEIGHT 255\n" and a grey byte for each pixel) with
 * a line: the nanoseconds that the search took, then each text that it found, in hexadecimal.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zbar.h>

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(void) {
  unsigned width, height;
  zbar_image_scanner_t *scanner = zbar_image_scanner_create();
  zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
  zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
  zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_TEST_INVERTED, 1);
  puts("ready");
  fflush(stdout);

  while (scanf("P5 %u %u 255", &width, &height) == 2 && getchar() == '\n') {
    size_t size = (size_t)width * height;
    unsigned char *grey = malloc(size);
    if (!grey || fread(grey, 1, size, stdin) != size) return 1;
    int64_t start = now_ns();
    zbar_image_t *image = zbar_image_create();
    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, width, height);
    zbar_image_set_data(image, grey, size, zbar_image_free_data);
    if (zbar_scan_image(scanner, image) < 0) return 1;
    printf("%lld", (long long)(now_ns() - start));
    for (const zbar_symbol_t *symbol = zbar_image_first_symbol(image); symbol;
         symbol = zbar_symbol_next(symbol)) {
      const unsigned char *text = (const unsigned char *)zbar_symbol_get_data(symbol);
      putchar(' ');
      for (unsigned i = 0; i < zbar_symbol_get_data_length(symbol); i++) printf("%02x", text[i]);
    }
    putchar('\n');
    fflush(stdout);
    zbar_image_destroy(image);
  }
  return 0;
}

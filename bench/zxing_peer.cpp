/*
 * Debian's zxing-cpp, one of the readers that `npm run bench -- scan` compares. It speaks as zbar_peer.c does:
 * says "ready", then answers each picture ("P5 WIDTH HEIGHT 255\n" and its grey bytes) with the nanoseconds that
 * the search took and each text that it found, in hexadecimal.
 */
#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>
#include <chrono>
#include <cstdio>
#include <vector>

int main() {
  using namespace ZXing;
  using clock = std::chrono::steady_clock;
  const auto hints = DecodeHints().setFormats(BarcodeFormat::QRCode).setTryHarder(true).setTryRotate(true);
  unsigned width, height;
  std::puts("ready");
  std::fflush(stdout);

  while (std::scanf("P5 %u %u 255", &width, &height) == 2 && std::getchar() == '\n') {
    std::vector<uint8_t> grey(static_cast<size_t>(width) * height);
    if (std::fread(grey.data(), 1, grey.size(), stdin) != grey.size()) return 1;
    const auto start = clock::now();
    const auto results = ReadBarcodes(
      {grey.data(), static_cast<int>(width), static_cast<int>(height), ImageFormat::Lum}, hints);
    const std::chrono::nanoseconds spent = clock::now() - start;
    std::printf("%lld", static_cast<long long>(spent.count()));
    for (const auto &result : results) {
      if (!result.isValid()) continue;
      std::putchar(' ');
      for (uint8_t byte : result.bytes()) std::printf("%02x", byte);
    }
    std::putchar('\n');
    std::fflush(stdout);
  }
}

/* What libpcsclite says about all readers, as a C program sees it: the oracle for both bindings. */
#include <stdio.h>
#include <string.h>
#include <winscard.h>

int main(void) {
  SCARDCONTEXT context;
  char names[4096];
  DWORD length = sizeof names;
  if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS) return 1;
  if (SCardListReaders(context, NULL, names, &length) != SCARD_S_SUCCESS) return 2;
  for (char *name = names; *name; name += strlen(name) + 1) {
    SCARD_READERSTATE state = {.szReader = name};
    if (SCardGetStatusChange(context, 0, &state, 1) != SCARD_S_SUCCESS) return 3;
    printf("%s\t%lx\t", name, (unsigned long)state.dwEventState);
    for (DWORD i = 0; i < state.cbAtr; i++) printf("%02x", state.rgbAtr[i]);
    printf("\n");
  }
  return SCardReleaseContext(context) == SCARD_S_SUCCESS ? 0 : 4;
}

// A module that loads its native code at the top, where there is none.
throw new Error("Cannot find module 'usb'");

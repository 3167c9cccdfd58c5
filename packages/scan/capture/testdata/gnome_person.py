"""The person at a GNOME Shell, who is asked whether programs may take screenshots.

gnome_person.py yes|no

Waits for the question and answers it with keys, through Mutter's interface for remote desktops.
"""

import sys
import time
import xml.etree.ElementTree as tree

import dbus

MUTTER = "org.gnome.Mutter.RemoteDesktop"
TAB, RETURN, ESCAPE = 0xFF09, 0xFF0D, 0xFF1B
# Escape denies; the first button, which denies too, has the focus.
KEYS = {"yes": (TAB, RETURN), "no": (ESCAPE,)}[sys.argv[1]]

bus = dbus.SessionBus()
shell = bus.get_object("org.gnome.Shell.Portal", "/org/freedesktop/portal/desktop/request", introspect=False)


def is_asking():
    """Whether the shell shows a question: each is an object of its own."""
    described = shell.Introspect(dbus_interface="org.freedesktop.DBus.Introspectable")
    return tree.fromstring(described).find("node") is not None


mutter = dbus.Interface(bus.get_object(MUTTER, "/org/gnome/Mutter/RemoteDesktop"), MUTTER)
keyboard = dbus.Interface(bus.get_object(MUTTER, mutter.CreateSession()), MUTTER + ".Session")
keyboard.Start()
print("ready", flush=True)
while not is_asking():
    time.sleep(0.1)
for key in KEYS:
    for down in (True, False):
        keyboard.NotifyKeyboardKeysym(dbus.UInt32(key), down)
        time.sleep(0.05)
while is_asking():
    time.sleep(0.1)
print("answered", flush=True)

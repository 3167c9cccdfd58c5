"""A screenshot portal on a private session bus, as the XDG Desktop Portal specification describes it.

portal.py MODE PICTURE FOLDER

What no real portal can be made to do. MODE: "refused", "broken", "silent", and "old" for a portal that
gives a picture but names another place for its answer than the newer specification promises. Prints what is
asked of it.
"""

import os
import shutil
import sys

import dbus
import dbus.lowlevel
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

MODE, PICTURE, FOLDER = sys.argv[1:4]
ROOT = "/org/freedesktop/portal/desktop"
SCREENSHOT = "org.freedesktop.portal.Screenshot"
REQUEST = "org.freedesktop.portal.Request"


def say(*words):
    print(*words, flush=True)


class Request(dbus.service.Object):
    """The question to the person, for as long as it is not answered."""

    @dbus.service.method(REQUEST)
    def Close(self):
        say("closed")
        self.remove_from_connection()


class Portal(dbus.service.Object):
    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        assert (interface, name) == (SCREENSHOT, "version")
        return dbus.UInt32(2)

    @dbus.service.method(SCREENSHOT, in_signature="sa{sv}", out_signature="o", sender_keyword="sender")
    def Screenshot(self, parent_window, options, sender=None):
        say("asked", "interactive" if options.get("interactive") else "at once", repr(str(parent_window)))
        token = str(options["handle_token"]) if MODE != "old" else "t%d" % os.getpid()
        place = "%s/request/%s/%s" % (ROOT, sender[1:].replace(".", "_"), token)
        request = Request(self.connection, place)
        GLib.timeout_add(100, self.answer, request, place, sender)
        return dbus.ObjectPath(place)

    def answer(self, request, place, sender):
        if MODE == "silent":
            return False
        response, results = {"refused": (1, {}), "broken": (2, {})}.get(MODE, (0, None))
        if results is None:
            path = os.path.join(FOLDER, "Screenshot from today.png")
            shutil.copyfile(PICTURE, path)
            results = {"uri": dbus.String(GLib.filename_to_uri(path, None), variant_level=1)}
        # To the one who asked alone, as real portals do.
        message = dbus.lowlevel.SignalMessage(place, REQUEST, "Response")
        message.set_destination(sender)
        message.append(dbus.UInt32(response), dbus.Dictionary(results, signature="sv"), signature="ua{sv}")
        self.connection.send_message(message)
        request.remove_from_connection()
        return False


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName("org.freedesktop.portal.Desktop", bus)
portal = Portal(bus, ROOT)
say("ready")
GLib.MainLoop().run()

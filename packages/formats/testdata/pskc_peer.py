"""Reads and writes PSKC files with Debian's python3-pskc, as a peer of the tests.

    pskc_peer.py read FILE key HEX | passphrase TEXT    keys as JSON on standard output
    pskc_peer.py write CIPHER PRF TEXT                  a file on standard output, passphrase TEXT
"""
import json
import sys

import pskc

if sys.argv[1] == "read":
    _, _, name, how, lock = sys.argv
    container = pskc.PSKC(name)
    if how == "key":
        container.encryption.key = bytes.fromhex(lock)
    else:
        container.encryption.derive_key(lock)
    print(json.dumps([
        {
            "serial": key.serial,
            "manufacturer": key.manufacturer,
            "user": key.key_userid,
            "algorithm": key.algorithm,
            "suite": key.algorithm_suite,
            "digits": key.response_length,
            "interval": key.time_interval,
            "counter": key.counter,
            "secret": key.secret.hex(),
            "mac": key.check(),
        }
        for key in container.keys
    ]))
else:
    _, _, cipher, prf, passphrase = sys.argv
    container = pskc.PSKC()
    container.add_key(
        id="1", serial="W1", manufacturer="Acme", secret=b"12345678901234567890", time_interval=60,
        algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp", algorithm_suite="HMAC-SHA256",
        response_length=8, response_encoding="DECIMAL")
    container.encryption.setup_pbkdf2(
        passphrase, iterations=2000, key_length=int(cipher[3:6]) // 8, algorithm=cipher, prf=prf)
    container.write(sys.stdout.buffer)

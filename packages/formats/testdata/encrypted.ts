/**
 * Encrypted exports of apps, made with OpenSSL and the parameters that the apps use, so that they hold the
 * readers to something other than the library that the readers call. The passphrase has a character that
 * is not ASCII.
 *
 * @module
 */

/** Opens all of them. */
export const PASSPHRASE = "correct horse ✓";

/** Aegis: a slot of the phone, a slot with the passphrase; one entry is for Steam. */
export const AEGIS = {
  "version": 1,
  "header": {
    "slots": [
      {
        "type": 2,
        "uuid": "b",
        "key": "eee980600b3061410ddd67feaa50f8d6ca9b0037b4b60efc63affe18e4d294a7",
        "key_params": {
          "nonce": "c10e37be9f6aa693d37e0051",
          "tag": "3cf5c1c651cdff43fbc5103b10a75f28",
        },
      },
      {
        "type": 1,
        "uuid": "a",
        "key": "e11a8c17e88dc2e464b88b82b7f457c481acaca0c80165319b65c3e2823a4160",
        "key_params": {
          "nonce": "cbad642adfa98848e0e21d38",
          "tag": "105a1230c84cbff27d57431db72140ed",
        },
        "n": 32768,
        "r": 8,
        "p": 1,
        "salt": "1e96233219c58e531be5984485219ce9fe13930f7dcc7f6a33df9ce7f8b42fa2",
        "repaired": true,
        "is_backup": false,
      },
    ],
    "params": {
      "nonce": "2bca243f39d85b82e3a73e0b",
      "tag": "3c6b11f22000434b1d136fe24348f5d9",
    },
  },
  "db":
    "rEkbKoI+4IRs9nTqoBTC5aFsqqjxXjXR8iImRnfCtNznh8k695tQuyeH6JuDhe/vAydWMywS/lP8o84mh2MVp7vYJi07/p1SezFYNW6YXWuONFalO+qIAmIYxwe2F1zxoyJVKtOOoaWlL7HCIFR4OmxSTcLFy5qjVdL8Oe+PWmM17YpI2FBTNinkvHX67x7g2nkdSbl2jlUUjBX7OEEzQemGrAR/Lc6kat76x3mk44seCE63dLsxRofNgFZcGfJGkv2HHFkUdzLO9m2EKfxulqx4AtZOrSoTKW05QvzqDeIObhnJqTQp75KsqN+vUrSAO9LXdFubgVWYGaaTAuLmir/nZlE8YJt+qwWpEBbKEbVT0HtjoVf/FTwfqJBcO7ouD5verUeg6RiaLqlO+o5fSMJRUD4xHXRxM/hUW/CcG2MAIsY7jd8hmjZtV9hn7NLWqtBvKs3vRl1NfBTkl2efznwktNqJ8KtKOFpI4jgfJ/Tduc/zVknRfWNrMRtc3IlxAMi+V6CaUvyduk+DF87NPSmnKIO/xAKRd3cbDN/XDdezjvQmPSGjGi1vYv4tSXoSTArQquaYpk56X0l+DXR1NHPKarAt50UDW5LH2L1m2df7t9IVbIp7QIlzOqSYmQ==",
};

/** 2FAS, schema 4: one time-based and one counter-based account. */
export const TWO_FAS = {
  "services": [],
  "groups": [],
  "updatedAt": 1,
  "schemaVersion": 4,
  "appVersionCode": 50000,
  "appOrigin": "android",
  "servicesEncrypted":
    "6GFKxcfnU2NF9+ofp3IEyn/LJfT30Ywj7EGrkuroF+Kwa0Y7j+JIhuTj1QVJpT48ELnW7X610k3JBzDgVMWcwDamte8I51/BxDYlW9iyZzdtIFcfzMUFqKv5Lpoxac4Qp4efF05FYpdlx5QPwzKNtxWaQSi6obrMEHpxeye76zMgrXG/1draH8Dyafn8ekEQDn7glZRL2zRmYikeWpVAeQoU+R4TGFaeio3Ccaj6ZYQlluNHAR6izbWRFg66tLfVp8WHhlZ4ORG1+yxw8mvUo/K6H26W62NBUr4UK51mURqoFB0VPwhZ4OIarNaXJB5Dn6lz/u1vH9ez2+z2KpbrJi3YusBYQjHdr/c4WmeTI03SybgSwVnG1GWR9pl4FrI8ErLYRpND+1PevfqSkEF6/FG2e+M8LrkyQpZqMoOtTQ==:qGDcP9e6jtBKw+oAcIK/V25+wq7NcSArRxkFUW+SQiE3p4HiNFrnH0MpPqL3AGVhDA5DfWCAAiZzHqtISjWnwg==:VAmRxrG57ZfXJ5Ay",
};

/** andOTP, in base64. */
export const AND_OTP =
  "AAIi4RBUZ9Ps/AJvRKF49j1Wh6snEjdjVGC4mnLhtfjkdJ1X61rCLgjLNl3/4ULSrIP5FtgdED+VvRtebANbHuqgwJY8/B+G99OCqFd6Dw9cgNVV4kMDfdeFVsy0b/kztgmF9L+sjy0v5fsK94heClu8ulHs99C0aZJp0wz5hLUXuKDZ7J17a6ndJEgdoo1nRgvYi5A+7DkTGWapClZ9bMT/VjXXOzPUIN5JqSOLZvL1xBj7UGDdG32fn0CBQ4u2HuwMFwFDaODZVUqsWF+W+nnUNnuR148pSQhx+l7MI4MVdOqATNgIoDFOIFmoDtqK/1vgxA==";

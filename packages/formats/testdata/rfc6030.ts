/**
 * The figures of RFC 6030 that show files (https://www.rfc-editor.org/rfc/rfc6030), shortened by what
 * carries no value; the numbers in figures 6 and 7 were computed again.
 *
 * @module
 */

const DEVICE = `<pskc:DeviceInfo>
      <pskc:Manufacturer>Manufacturer</pskc:Manufacturer>
      <pskc:SerialNo>987654321</pskc:SerialNo>
    </pskc:DeviceInfo>`;

const START = `<pskc:Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">
      <pskc:Issuer>Issuer</pskc:Issuer>
      <pskc:AlgorithmParameters><pskc:ResponseFormat Length="8" Encoding="DECIMAL"/></pskc:AlgorithmParameters>`;

const container = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
  xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"
  xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">
${body}
</pskc:KeyContainer>
`;

const encrypted = (value: string): string =>
  `<pskc:EncryptedValue>
          <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
          <xenc:CipherData><xenc:CipherValue>${value}</xenc:CipherValue></xenc:CipherData>
        </pskc:EncryptedValue>`;

const macMethod = (key: string): string =>
  `<pskc:MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <pskc:MACKey>
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
      <xenc:CipherData><xenc:CipherValue>${key}</xenc:CipherValue></xenc:CipherData>
    </pskc:MACKey>
  </pskc:MACMethod>`;

/** The seed of all figures: 20 ASCII digits. */
export const SEED = "12345678901234567890";

/** Figure 3: a plain seed with a counter. */
export const FIGURE_3: string = container(`  <pskc:KeyPackage>
    ${DEVICE}
    ${START}
      <pskc:Data>
        <pskc:Secret><pskc:PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</pskc:PlainValue></pskc:Secret>
        <pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter>
      </pskc:Data>
      <pskc:UserId>UID=jsmith,DC=example-bank,DC=net</pskc:UserId>
    </pskc:Key>
  </pskc:KeyPackage>`);

const sealed = (value: string, mac: string): string =>
  `  <pskc:KeyPackage>
    ${DEVICE}
    ${START}
      <pskc:Data>
        <pskc:Secret>
        ${encrypted(value)}
        <pskc:ValueMAC>${mac}</pskc:ValueMAC>
        </pskc:Secret>
        <pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter>
      </pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>`;

/** The key of figure 6, hexadecimal. */
export const KEY = "12345678901234567890123456789012";

/** Figure 6: encrypted with a key that was agreed on. */
export const FIGURE_6: string = container(`  <pskc:EncryptionKey>
    <ds:KeyName>Pre-shared-key</ds:KeyName>
  </pskc:EncryptionKey>
  ${macMethod("ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX")}
${
  sealed(
    "AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv",
    "Su+NvtQfmvfJzF6bmQiJqoLRExc=",
  )
}`);

/** The passphrase of figure 7. */
export const PASSPHRASE = "qwerty";

/** Figure 7: encrypted with a passphrase. */
export const FIGURE_7: string = container(`  <pskc:EncryptionKey>
    <xenc11:DerivedKey>
      <xenc11:KeyDerivationMethod
        Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
        <pkcs5:PBKDF2-params>
          <Salt><Specified>Ej7/PEpyEpw=</Specified></Salt>
          <IterationCount>1000</IterationCount>
          <KeyLength>16</KeyLength>
          <PRF/>
        </pkcs5:PBKDF2-params>
      </xenc11:KeyDerivationMethod>
      <xenc:ReferenceList><xenc:DataReference URI="#ED"/></xenc:ReferenceList>
      <xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName>
    </xenc11:DerivedKey>
  </pskc:EncryptionKey>
  ${macMethod("2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx")}
${
  sealed(
    "oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f",
    "LP6xMvjtypbfT9PdkJhBZ+D6O4w=",
  )
}`);

const PLAIN = `<pskc:Data>
        <pskc:Secret><pskc:PlainValue>
          MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=
        </pskc:PlainValue></pskc:Secret>
        <pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter>
      </pskc:Data>`;

/** Figure 2: what has to be there at least, with a secret of four bytes. */
export const FIGURE_2: string = container(`  <pskc:KeyPackage>
    <pskc:Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">
      <pskc:Issuer>Issuer-A</pskc:Issuer>
      <pskc:Data><pskc:Secret><pskc:PlainValue>MTIzNA==
      </pskc:PlainValue></pskc:Secret></pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>`);

/** Figure 4: both sides derive the secret from a key that has a name; it is not in the file. */
export const FIGURE_4: string = container(`  <pskc:KeyPackage>
    ${DEVICE}
    <pskc:CryptoModuleInfo><pskc:Id>CM_ID_001</pskc:Id></pskc:CryptoModuleInfo>
    ${START}
      <pskc:KeyProfileId>keyProfile1</pskc:KeyProfileId>
      <pskc:KeyReference>MasterKeyLabel</pskc:KeyReference>
      <pskc:Data><pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter></pskc:Data>
      <pskc:Policy><pskc:KeyUsage>OTP</pskc:KeyUsage></pskc:Policy>
    </pskc:Key>
  </pskc:KeyPackage>`);

/** Figure 5: a second key in the file is the PIN of the first. */
export const FIGURE_5: string = container(`  <pskc:KeyPackage>
    ${DEVICE}
    ${START}
      ${PLAIN}
      <pskc:Policy>
        <pskc:PINPolicy MinLength="4" MaxLength="4" PINKeyId="123456781" PINEncoding="DECIMAL" PINUsageMode="Local"/>
        <pskc:KeyUsage>OTP</pskc:KeyUsage>
      </pskc:Policy>
    </pskc:Key>
  </pskc:KeyPackage>
  <pskc:KeyPackage>
    ${DEVICE}
    <pskc:Key Id="123456781" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:pin">
      <pskc:Issuer>Issuer</pskc:Issuer>
      <pskc:Data><pskc:Secret><pskc:PlainValue>MTIzNA==</pskc:PlainValue></pskc:Secret></pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>`);

/** Figure 8: encrypted for whoever has the private key of a certificate. */
export const FIGURE_8: string = container(`  <pskc:EncryptionKey>
    <ds:X509Data><ds:X509Certificate>MIIB5zCCAVCgAwIBAgIESZp/vDANBgkqhkiG9w0B</ds:X509Certificate></ds:X509Data>
  </pskc:EncryptionKey>
  <pskc:KeyPackage>
    ${DEVICE}
    ${START}
      <pskc:Data>
        <pskc:Secret><pskc:EncryptedValue>
          <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa_1_5"/>
          <xenc:CipherData><xenc:CipherValue>hJ+fvpoMPMO9BYpK2rdyQYGIxiATYHTH</xenc:CipherValue></xenc:CipherData>
        </pskc:EncryptedValue></pskc:Secret>
        <pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter>
      </pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>`);

/** Figure 9: with a signature, which says nothing of the seed. */
export const FIGURE_9: string = container(`  <pskc:KeyPackage>
    ${DEVICE}
    ${START}
      ${PLAIN}
    </pskc:Key>
  </pskc:KeyPackage>
  <pskc:Signature>
    <ds:SignedInfo>
      <ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>
      <ds:Reference URI="#Device"><ds:DigestValue>j6lwx3rvEPO0vKtMup4NbeVu8nk=</ds:DigestValue></ds:Reference>
    </ds:SignedInfo>
    <ds:SignatureValue>j6lwx3rvEPO0vKtMup4NbeVu8nk=</ds:SignatureValue>
  </pskc:Signature>`);

const dated = (id: number, serial: string, [from, to]: readonly [string, string]): string =>
  `  <pskc:KeyPackage>
    <pskc:DeviceInfo>
      <pskc:Manufacturer>TokenVendorAcme</pskc:Manufacturer>
      <pskc:SerialNo>${serial}</pskc:SerialNo>
    </pskc:DeviceInfo>
    ${START.replace("12345678", String(id))}
      ${PLAIN}
      <pskc:Policy>
        <pskc:StartDate>2006-${from}T00:00:00Z</pskc:StartDate>
        <pskc:ExpiryDate>2006-${to}T00:00:00Z</pskc:ExpiryDate>
      </pskc:Policy>
    </pskc:Key>
  </pskc:KeyPackage>`;

/** Figure 10: many tokens, one of them with two keys. */
export const FIGURE_10: string = container(
  [
    dated(1, "654321", ["05-01", "05-31"]),
    dated(2, "123456", ["05-01", "05-31"]),
    dated(3, "9999999", ["03-01", "03-31"]),
    dated(4, "9999999", ["04-01", "04-30"]),
  ].join("\n"),
);

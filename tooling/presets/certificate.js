import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

// X.690 tags.
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const SEQUENCE = 0x30;
const SET = 0x31;
const UTC_TIME = 0x17;
const BOOLEAN_TRUE = Buffer.from([0x01, 0x01, 0xff]);
/** The part of a certificate that holds the extensions, and the one that holds the version. */
const EXTENSIONS = 0xa3;
const VERSION = 0xa0;

function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function oid(hex) {
  return der(OBJECT_ID, Buffer.from(hex, 'hex'));
}

const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('2a8648ce3d040302'));

function name(commonName) {
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid('550403'), der(UTF8_STRING, Buffer.from(commonName)))));
}

function utcTime(year) {
  return der(UTC_TIME, Buffer.from(`${String(year % 100).padStart(2, '0')}0101000000Z`));
}

function extensions({ names = [], authority = false }) {
  const alternatives = names.map((each) => (isIPv4(each) ? der(0x87, Buffer.from(each.split('.').map(Number))) : der(0x82, Buffer.from(each))));
  const subjectAlternatives = der(SEQUENCE, oid('551d11'), der(OCTET_STRING, der(SEQUENCE, ...alternatives)));
  const basicConstraints = der(SEQUENCE, oid('551d13'), BOOLEAN_TRUE, der(OCTET_STRING, der(SEQUENCE, ...(authority ? [BOOLEAN_TRUE] : []))));
  return der(EXTENSIONS, der(SEQUENCE, basicConstraints, ...(names.length === 0 ? [] : [subjectAlternatives])));
}

function publicPart(key) {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

// node:crypto reads certificates but makes none.
export function certificate(options) {
  const { commonName, issuer, validUntilYear = 2049 } = options;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signedPart = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1]), randomBytes(8)),
    ECDSA_WITH_SHA256,
    name(issuer?.commonName ?? commonName),
    der(SEQUENCE, utcTime(2000), utcTime(validUntilYear)),
    name(commonName),
    publicPart(privateKey),
    extensions(options),
  );
  const signature = sign('sha256', signedPart, issuer === undefined ? privateKey : createPrivateKey(issuer.key));
  const whole = der(SEQUENCE, signedPart, ECDSA_WITH_SHA256, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replaceAll(/.{64}/gu, (line) => `${line}\n`);
  return {
    commonName,
    cert: `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

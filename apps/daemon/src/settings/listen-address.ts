import { BlockList, isIP } from 'node:net';
import path from 'node:path';
import { UsageError } from '@ibkit/error-codes';
import { isLoopback } from '../http/endpoint.js';
import type { ListenAddress } from './settings.js';

/** Reads a whole number of a flag. @throws UsageError that names flag, value and range */
export function whole(flag: string, text: string, lowest: number, highest: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= lowest && value <= highest)) throw new UsageError({ field: flag, value: text, rule: `must be a whole number from ${lowest} to ${highest}` });
  return value;
}

/** Reads where to listen. @throws UsageError for what is no address, and for one beyond loopback without TLS */
export function listenAddress({ listen, unix, hasTls }: { readonly listen: string | undefined; readonly unix: string | undefined; readonly hasTls: boolean }): ListenAddress {
  if (unix !== undefined) {
    if (hasTls) throw new UsageError({ field: '--unix', value: unix, rule: 'cannot be given together with --tls-cert: a Unix socket is not encrypted' });
    return { unix: path.resolve(unix) };
  }
  const text = listen ?? '127.0.0.1:8787';
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new UsageError({ field: '--listen', value: text, rule: 'must be HOST:PORT, such as 127.0.0.1:8787' });
  if (!isLoopback(host) && !hasTls) {
    throw new UsageError({ field: '--listen', value: text, rule: 'must name a loopback address unless --tls-cert and --tls-key are given: tokens and orders must not travel in the clear. An ssh tunnel to a loopback address works, too' });
  }
  return { host, port: whole('--listen', match?.[3] ?? '', 0, 65_535) };
}

/** The addresses that may connect; `undefined` when all may. @throws UsageError for what is no address and no network */
export function addressList(addresses: readonly string[]): BlockList | undefined {
  if (addresses.length === 0) return undefined;
  const list = new BlockList();
  for (const text of addresses) {
    const [address = '', prefix, ...rest] = text.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family === 0 || rest.length > 0 || (bits !== undefined && !(bits <= (family === 4 ? 32 : 128)))) {
      throw new UsageError({ field: '--allow-address', value: text, rule: 'must be an IP address, or a network such as 10.0.0.0/8' });
    }
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, bits, type);
  }
  return list;
}

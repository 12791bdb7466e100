import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** All that IANA gives to hosts; beside it there are forms that wrap an address of another kind. @see RFC 4291, 2.4 */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Not inside somebody's network, and not of no host at all. What wraps another address (NAT64, 6to4, Teredo) could hide such a one. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6));
}

/** `[::1]` of a URL is `::1`. */
const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

export const isPrivateLiteral = (hostname: string): boolean => ipaddr.isValid(bare(hostname)) && !isPublic(bare(hostname));

export class ForbiddenAddress extends Error {
  constructor() {
    super('The address is not a public one');
  }
}

/** The public addresses of a host. @throws ForbiddenAddress when it has only others; what DNS says when it has none */
export async function publicAddresses(hostname: string, options: LookupOptions = {}): Promise<LookupAddress[]> {
  const found = await lookup(bare(hostname), { ...options, all: true });
  const allowed = found.filter(({ address }) => isPublic(address));
  if (allowed.length === 0) throw new ForbiddenAddress();
  return allowed;
}

type Callback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** For `net.connect`: the address that was looked at is the one that is connected to, so DNS cannot answer twice. */
export function pinnedLookup(hostname: string, options: LookupOptions, callback: Callback): void {
  publicAddresses(hostname, options).then(
    (addresses) => {
      const [first] = addresses;
      if (options.all) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    },
    (error: Error) => callback(error, ''),
  );
}

import type { LookupAddress, LookupOptions } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
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

/**
 * Not `dns.lookup`: that takes one of the four threads on which the process looks up everything, also its database, and holds it as long as
 * name servers are silent, which those of a stranger's domain may be on purpose.
 */
export const resolver = new Resolver({ timeout: 1_500, tries: 2 });

/** @see RFC 6761, 6.3: these names are nowhere else */
const isLocalhost = (host: string): boolean => /(^|\.)localhost\.?$/i.test(host);

async function addressesOf(host: string, family: LookupOptions['family']): Promise<LookupAddress[]> {
  if (isIP(host)) return [{ address: host, family: isIP(host) }];
  if (isLocalhost(host)) return [{ address: '127.0.0.1', family: 4 }];
  const answers = await Promise.allSettled([
    family === 6 ? [] : resolver.resolve4(host).then((found) => found.map((address) => ({ address, family: 4 }))),
    family === 4 ? [] : resolver.resolve6(host).then((found) => found.map((address) => ({ address, family: 6 }))),
  ]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (found.length === 0 && failed) throw failed.reason as Error;
  return found;
}

/** The public addresses of a host. @throws ForbiddenAddress when it has only others; what DNS says when it has none */
export async function publicAddresses(hostname: string, options: LookupOptions = {}): Promise<LookupAddress[]> {
  const found = await addressesOf(bare(hostname), options.family);
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

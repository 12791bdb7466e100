import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { isPublic, publicAddresses, resolver } from './addresses.js';

describe('an address', () => {
  test.each(['8.8.8.8', '93.184.216.34', '2606:4700::1', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each(
    (
      '127.0.0.1 127.8.9.10 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 240.0.0.1 255.255.255.255 ' +
      '192.0.0.1 198.18.0.1 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ' +
      '64:ff9b::7f00:1 2002:7f00:1:: 2001:0:7f00:1:: 100::1 ::2 ::a00:1 64:ff9b:1::a00:1 4000::1 localhost'
    ).split(' '),
  )('%s is not', (address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe('a host', () => {
  test.each(['127.0.0.1', '[::1]', 'localhost', 'LocalHost.', 'db.localhost'])('%s that is not public is refused', async (host) => {
    await expect(publicAddresses(host)).rejects.toThrow('The address is not a public one');
  });

  test('whose name servers are silent has no address within seconds, and keeps nobody else from looking one up', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const before = resolver.getServers();
    resolver.setServers([`127.0.0.1:${silent.address().port}`]);
    const names = Array.from({ length: 20 }, (_, at) => publicAddresses(`${at}.example.com`).catch((error: Error) => error));
    const first = await Promise.race([lookup('localhost').then(() => 'looked up'), ...names]);
    expect(first).toBe('looked up');
    expect(await Promise.all(names)).toEqual(names.map(() => expect.objectContaining({ code: 'ETIMEOUT' }) as unknown));
    resolver.setServers(before);
    silent.close();
  });

  test('that is an address is that address', async () => {
    expect(await publicAddresses('8.8.8.8')).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect(await publicAddresses('[2606:4700::1]')).toEqual([{ address: '2606:4700::1', family: 6 }]);
  });
});

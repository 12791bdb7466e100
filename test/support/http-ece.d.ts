declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  interface Ece {
    /** @see RFC 8188 */
    decrypt(body: Buffer, keys: { version: 'aes128gcm'; privateKey: ECDH; authSecret: string }): Buffer;
  }
  const ece: Ece;
  export default ece;
}

import { z } from 'zod';

export const url = (...protocols: string[]) =>
  z.url().refine((value) => protocols.includes(new URL(value).protocol), { error: `must start with ${protocols.join(' or ')}` });

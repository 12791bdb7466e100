import { globals } from './runtime.mjs';

export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } = globals();

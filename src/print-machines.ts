import 'reflect-metadata';
import fs from 'node:fs';
import { machinesPage } from './machines-page.js';

const TARGET = 'docs/machines.md';

fs.writeFileSync(TARGET, await machinesPage());
process.stdout.write(`${TARGET} is up to date\n`);

// npm run migration -- add-room-topic: an empty migration, numbered after the newest one.
import fs from 'node:fs';

const name = process.argv[2] ?? '';
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  console.error('Say what it does, in small letters: npm run migration -- add-room-topic');
  process.exit(1);
}
const numbers = fs.readdirSync('migrations').map((file) => Number(file.split('-')[0]));
const number = Math.max(...numbers) + 1;
const className = name.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase()) + number;
const file = `migrations/${number}-${name}.ts`;

fs.writeFileSync(
  file,
  `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(\`
    \`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('');
  }
}
`,
);
console.log(file);

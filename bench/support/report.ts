import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Figure } from './figure.js';
import type { Hotspot } from './profile.js';

export interface Target {
  what: string;
  value: number;
  atLeast?: number;
  atMost?: number;
}

interface Row extends Figure {
  name: string;
}

const FOLDER = 'bench/results';

export const isMet = ({ value, atLeast = -Infinity, atMost = Infinity }: Target): boolean => value >= atLeast && value <= atMost;

const ms = (value: number): string => (Number.isNaN(value) ? '' : value.toFixed(2));

/** The first column to the left, the others to the right. */
function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return rows.map(line).join('\n');
}

/** What one benchmark found out: said on the terminal as it is found, and written to a file at the end. */
export class Report {
  private readonly rows: Row[] = [];
  private readonly targets: Target[] = [];
  private readonly profiles: { of: string; places: Hotspot[]; functions: Hotspot[] }[] = [];

  constructor(
    private readonly name: string,
    private readonly environment: Record<string, string | number>,
  ) {}

  add(title: string, unit: string, figures: Record<string, Figure>): void {
    const rows = Object.entries(figures);
    this.rows.push(...rows.map(([name, figure]) => ({ name: `${title}: ${name}`, ...figure })));
    const body = rows.map(([name, { perSecond, p50Ms, p99Ms, cpuUs = NaN }]) => [
      name,
      perSecond.toFixed(0),
      ms(p50Ms),
      ms(p99Ms),
      cpuUs.toFixed(0),
    ]);
    console.log(`\n${table([[title, unit, 'p50 ms', 'p99 ms', 'server CPU µs each'], ...body])}`);
  }

  /** @returns whether it is met */
  judge(target: Target): boolean {
    this.targets.push(target);
    return isMet(target);
  }

  explain(of: string, found: { places: Hotspot[]; functions: Hotspot[] }): void {
    this.profiles.push({ of, ...found });
    const lines = (hotspots: Hotspot[]) => hotspots.map(({ where, percent }) => [`  ${where}`, `${percent.toFixed(1)} %`]);
    console.log(`\nWhere the server's time goes: ${of}\n${table(lines(found.places))}\n\n${table(lines(found.functions))}`);
  }

  finish(): void {
    const verdicts = this.targets.map((target) => {
      const limit = target.atLeast === undefined ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
      return [target.what, target.value.toFixed(2), limit, isMet(target) ? 'met' : 'MISSED'];
    });
    if (verdicts.length > 0) console.log(`\n${table([['target', 'here', 'wanted', ''], ...verdicts])}`);
    const file = path.join(FOLDER, `${this.name}.json`);
    const environment = { ...this.environment, node: process.version, cpu: os.cpus()[0]?.model, cpus: os.cpus().length };
    const targets = this.targets.map((target) => ({ ...target, isMet: isMet(target) }));
    fs.mkdirSync(FOLDER, { recursive: true });
    fs.writeFileSync(file, JSON.stringify({ at: new Date(), environment, rows: this.rows, targets, profiles: this.profiles }, null, 2));
    console.log(`\nWritten to ${file}`);
  }
}

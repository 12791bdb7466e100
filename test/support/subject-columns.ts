/** The columns that every subject's table has (see src/transitions/machine/subject.ts). */
export const SUBJECT_COLUMNS = `
  id uuid primary key, room_id uuid not null references rooms, status text not null, version int not null default 1,
  authority text not null default 'PARLEY', external_ref text unique, host_version bigint,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now()`;

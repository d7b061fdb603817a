"""What a database consists of, as text that can be compared."""

import asyncpg

QUERY = """
WITH tables AS (
    SELECT oid, relname, reloptions FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'migration'
)
SELECT format('column %s.%s %s%s%s%s', t.relname, a.attname,
        format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN ' NOT NULL' END,
        ' ' || CASE a.attgenerated WHEN '' THEN 'DEFAULT' ELSE 'GENERATED' END || ' '
            || pg_get_expr(d.adbin, d.adrelid),
        ' STATISTICS ' || a.attstattarget)
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT format('table %s %s', relname, reloptions) FROM tables
UNION ALL SELECT format('constraint %s.%s %s', t.relname, conname, pg_get_constraintdef(c.oid))
    FROM pg_constraint c JOIN tables t ON t.oid = conrelid WHERE contype <> 'n'
UNION ALL SELECT format('index %s%s', pg_get_indexdef(i.indexrelid),
        (SELECT string_agg(format(' STATISTICS %s %s', attnum, attstattarget), '')
         FROM pg_attribute WHERE attrelid = i.indexrelid AND attstattarget >= 0))
    FROM pg_index i JOIN tables t ON t.oid = indrelid
UNION ALL SELECT format('trigger %s enabled %s', pg_get_triggerdef(g.oid), tgenabled)
    FROM pg_trigger g JOIN tables t ON t.oid = tgrelid WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || pg_get_functiondef(oid)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL SELECT format('type %s', typname)
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
UNION ALL SELECT format('sequence %s', relname)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
    AND relname NOT LIKE 'migration%'
"""


async def catalog(url: str) -> set[str]:
    """All but Piccolo's own table of migrations."""
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch(QUERY)}
    finally:
        await connection.close()

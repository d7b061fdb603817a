-- A library of $videos videos and as many chunks; other rows in proportion. What the admin is asked
-- for is skewed as in real ones: one job in 1,000 failed, most videos completed, some columns NULL.
CREATE FUNCTION pg_temp.key(kind bigint, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN
    (lpad(to_hex(1763700000000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
        || left(md5(n::text), 15))::uuid;
CREATE FUNCTION pg_temp.rare(n bigint, common text, uncommon text, rarest text) RETURNS text
LANGUAGE sql IMMUTABLE RETURN CASE
    WHEN n % 1000 = 7 THEN rarest WHEN n % 10 = 3 THEN uncommon ELSE common END;

INSERT INTO users (id, email, password, active)
SELECT pg_temp.key(1, n), 'person' || n || '@example.org', 'x', n % 10 > 0
FROM generate_series(1::bigint, 50) n;
INSERT INTO sessions (user_id, token_hash, name, expires_at, last_used_at)
SELECT pg_temp.key(1, 1 + n % 50), md5(n::text) || md5(n::text), 'script ' || n,
    now() + n * interval '1 hour', now()
FROM generate_series(1::bigint, $videos / 1000) n;
INSERT INTO idempotency_keys (user_id, key, fingerprint)
SELECT pg_temp.key(1, 1 + n % 50), 'key-' || n, md5(n::text) || md5(n::text)
FROM generate_series(1::bigint, $videos / 100) n;

INSERT INTO channels (id, name, youtube_channel_id, handle, status)
SELECT pg_temp.key(2, n), 'Channel ' || p.said || ' ' || n, 'UC' || lpad(n::text, 22, '0'),
    CASE WHEN n % 3 > 0 THEN '@channel' || n END, pg_temp.rare(n, 'active', 'paused', 'inactive')
FROM generate_series(1::bigint, $videos / 1000) n JOIN phrases p ON p.place = n % 5000;
INSERT INTO channel_configuration (channel_id, key, value)
SELECT pg_temp.key(2, n), 'chunk_words', '200' FROM generate_series(1::bigint, $videos / 1000) n;
INSERT INTO videos (id, created_at, identifier, youtube_video_id, channel_id, title, description,
    source_url, cloud_url, status, download_status, is_favorite, upload_date, duration_seconds,
    file_size_bytes, video_codec, resolution, tags, metadata, error_message)
SELECT pg_temp.key(3, n), timestamptz '2025-01-01Z' + n * interval '20 s', y.id, y.id,
    CASE WHEN n % 50 > 0 THEN pg_temp.key(2, 1 + (n * 7919) % greatest(1, $videos / 1000)) END,
    initcap(a.said) || ', ' || b.said || ' (part ' || n % 9000 || ')',
    repeat(a.said || '. ', 10), 'https://www.youtube.com/watch?v=' || y.id,
    CASE WHEN n % 10 > 1 THEN 'videos/' || y.id || '.mp4' END,
    pg_temp.rare(n, 'completed', 'discovered', 'failed'),
    CASE WHEN n % 10 > 1 THEN pg_temp.rare(n, 'complete', 'pending', 'failed') ELSE 'pending' END,
    n % 200 = 0,
    CASE WHEN n % 20 > 0 THEN date '2010-01-01' + ((n * 31) % 5800)::int END,
    CASE WHEN n % 30 > 0 THEN 30 + (n * 17) % 20000 + 0.25 END, (n * 1013) % 2000000000, 'avc1',
    '1920x1080', ARRAY['tag' || n % 300, 'lecture'],
    jsonb_build_object('view_count', n * 1000, 'language', 'en'),
    CASE WHEN n % 1000 = 7 THEN 'The download was refused.' END
FROM generate_series(1::bigint, $videos) n
JOIN phrases a ON a.place = (n * 7727) % 5000 JOIN phrases b ON b.place = (n * 104729 / 5000) % 5000
CROSS JOIN LATERAL (SELECT 'v' || lpad(n::text, 10, '0') AS id) y;
INSERT INTO import_records (video_id, path, fingerprint, written)
SELECT pg_temp.key(3, n), '/library/' || n % 1000 || '/' || n || '.info.json', md5(n::text),
    jsonb_build_object('identifier', md5(n::text), 'title', md5(n::text))
FROM generate_series(1::bigint, $videos / 2) n;

INSERT INTO channel_statistics (channel_id, recorded_at, subscriber_count, view_count, video_count)
SELECT pg_temp.key(2, 1 + n % greatest(1, $videos / 1000)),
    timestamptz '2024-01-01Z' + n * interval '1 hour', n * 10, n * 1000, n % 3000
FROM generate_series(1::bigint, $videos / 100) n;
INSERT INTO video_statistics (video_id, recorded_at, view_count, like_count, comment_count)
SELECT pg_temp.key(3, 1 + (n * 31) % $videos), timestamptz '2024-01-01Z' + n * interval '1 min',
    (n * 7919) % 1000000, CASE WHEN n % 4 > 0 THEN (n * 31) % 10000 END, n % 500
FROM generate_series(1::bigint, $videos / 10) n;

INSERT INTO transcripts (id, video_id, source, language, is_primary, full_text, word_timestamps,
    number_of_words, number_of_segments)
SELECT pg_temp.key(4, n), pg_temp.key(3, n * 5), 'youtube_auto',
    (ARRAY['en','en','en','en','en','en','de','es','fr','ja','pt','ru','it','hi'])[1 + (n % 14)::int],
    TRUE, t.said, t.timed, 60 + n % 9000, n % 700
FROM generate_series(1::bigint, $videos / 5) n JOIN texts t ON t.place = n % 20000;
INSERT INTO chunks (id, transcript_id, chunk_text, chunk_index, token_count, start_time, end_time,
    word_starts, search_vector)
SELECT pg_temp.key(5, n), pg_temp.key(4, 1 + n / 5), t.said, n % 5, 60,
    (n % 9973) + 0.5, (n % 9973) + 24.5, t.starts, t.vector
FROM generate_series(0::bigint, $videos - 1) n JOIN texts t ON t.place = n % 20000;

INSERT INTO conversations (id, user_id, title, updated_at)
SELECT pg_temp.key(6, n), pg_temp.key(1, 1 + n % 50), initcap(p.said), now() - n * interval '1 min'
FROM generate_series(1::bigint, $videos / 100) n JOIN phrases p ON p.place = n % 5000;
INSERT INTO messages (conversation_id, role, content)
SELECT pg_temp.key(6, 1 + n % ($videos / 100)), CASE n % 2 WHEN 0 THEN 'user' ELSE 'assistant' END,
    t.said
FROM generate_series(1::bigint, $videos / 20) n JOIN texts t ON t.place = n % 20000;
INSERT INTO templates (template_type, template_name, template_content)
SELECT 'blog', 'Template ' || n, 'Dear {name}' FROM generate_series(1::bigint, 100) n;

INSERT INTO prompts (id, user_prompt, system_prompt, prompt_hash)
SELECT pg_temp.key(7, n), p.said || n, 'Find the moments.', md5(n::text) || md5(n::text)
FROM generate_series(1::bigint, $videos / 1000) n JOIN phrases p ON p.place = n % 5000;
INSERT INTO generation_configs (id, prompt_id, transcript_id, model, operation_type, temperature,
    config_hash)
SELECT pg_temp.key(8, n), pg_temp.key(7, 1 + n % greatest(1, $videos / 1000)),
    pg_temp.key(4, 1 + n % ($videos / 5)), 'model-' || n % 7, 'generation', (n % 20) / 10.0,
    md5(n::text) || md5(n::text)
FROM generate_series(1::bigint, $videos / 50) n;
INSERT INTO moments (id, identifier, video_id, start_time, end_time, title, is_refined, parent_id,
    generation_config_id, score)
SELECT pg_temp.key(9, n), left(md5(n::text), 16), pg_temp.key(3, 1 + (n * 5) % $videos), n % 3000,
    n % 3000 + 20, initcap(p.said), n % 10 = 0,
    CASE WHEN n % 10 = 0 THEN pg_temp.key(9, n - 1) END,
    CASE WHEN n % 3 > 0 THEN pg_temp.key(8, 1 + n % ($videos / 50)) END,
    CASE WHEN n % 4 > 0 THEN n % 11 END
FROM generate_series(1::bigint, $videos / 5) n JOIN phrases p ON p.place = (n * 31) % 5000;
INSERT INTO clips (id, moment_id, video_id, cloud_url, start_time, end_time, format)
SELECT pg_temp.key(10, n), pg_temp.key(9, n * 2), pg_temp.key(3, 1 + (n * 10) % $videos),
    'clips/' || md5(n::text) || '.mp4', n % 3000, n % 3000 + 20, 'mp4'
FROM generate_series(1::bigint, $videos / 10) n;
INSERT INTO thumbnails (video_id, cloud_url)
SELECT pg_temp.key(3, n), 'thumbnails/' || md5(n::text) || '.jpg'
FROM generate_series(1::bigint, $videos / 2) n;
INSERT INTO pipeline_history (identifier, video_id, pipeline_type, status, started_at,
    duration_seconds, error_stage)
SELECT 'pipeline:' || n, pg_temp.key(3, 1 + (n * 31) % $videos), 'full',
    pg_temp.rare(n, 'completed', 'partial', 'failed'), now() - n * interval '1 min', n % 600,
    CASE WHEN n % 1000 = 7 THEN 'clips' END
FROM generate_series(1::bigint, $videos / 10) n;

INSERT INTO transformation_presets (id, name)
SELECT pg_temp.key(11, n), 'Preset ' || n FROM generate_series(1::bigint, 20) n;
INSERT INTO music (id, title, file_path)
SELECT pg_temp.key(12, n), initcap(p.said), 'music/' || n || '.mp3'
FROM generate_series(1::bigint, $videos / 1000) n JOIN phrases p ON p.place = n % 5000;
INSERT INTO publications (video_id, channel_id, preset_id, platform, status, scheduled_at,
    published_at, url)
SELECT pg_temp.key(3, 1 + (n * 31) % $videos), pg_temp.key(2, 1 + n % greatest(1, $videos / 1000)),
    pg_temp.key(11, 1 + n % 20), (ARRAY['youtube', 'tiktok', 'instagram'])[1 + (n % 3)::int],
    pg_temp.rare(n, 'published', 'scheduled', 'failed'), now() + n * interval '1 min',
    CASE WHEN n % 10 <> 3 THEN now() - n * interval '1 min' END, 'https://example.org/' || n
FROM generate_series(1::bigint, $videos / 10) n;

INSERT INTO processing_sessions (id, name, status, started_at, total_items)
SELECT pg_temp.key(13, n), 'Import ' || n, pg_temp.rare(n, 'completed', 'cancelled', 'failed'),
    now() - n * interval '1 hour', n % 500
FROM generate_series(1::bigint, $videos / 1000) n;
INSERT INTO processing_jobs (session_id, job_type, entity_type, entity_id, status, priority,
    attempts, error_message)
SELECT pg_temp.key(13, 1 + n % greatest(1, $videos / 1000)),
    (ARRAY['download', 'transcribe', 'chunk', 'cut'])[1 + (n % 4)::int], 'videos', pg_temp.key(3, n),
    pg_temp.rare(n, 'completed', 'queued', 'failed'), n % 3, n % 3,
    CASE WHEN n % 1000 = 7 THEN 'Nobody answered.' END
FROM generate_series(1::bigint, $videos / 5) n;
INSERT INTO system_configuration (key, value) VALUES ('chunk_words', '200');
INSERT INTO audit_entries (created_at, user_id, user_email, door, action, table_name, row_id,
    columns, old, new)
SELECT now() - ($videos / 2 - n) * interval '1 min', pg_temp.key(1, 1 + n % 50),
    'person' || 1 + n % 50 || '@example.org', CASE n % 3 WHEN 0 THEN 'rest' ELSE 'admin' END,
    pg_temp.rare(n, 'changed', 'created', 'deleted'), 'videos', pg_temp.key(3, 1 + n),
    ARRAY['title'], jsonb_build_object('title', 'Talk ' || n),
    jsonb_build_object('title', 'Lecture ' || n)
FROM generate_series(1::bigint, $videos / 2) n;

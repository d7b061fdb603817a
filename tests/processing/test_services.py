"""What a job is given that is made without it."""

import httpx

from apps.configuration.changes import apply_changes


async def test_a_job_is_tried_as_often_as_the_setting_says(client: httpx.AsyncClient) -> None:
    async def attempts(**job: object) -> list[int]:
        body = {"job_type": "download", **job}
        one = await client.post("/api/processing_jobs", json=body)
        many = await client.post("/api/processing_jobs/batch", json={"items": [body]})
        return [row["max_attempts"] for row in (one.json(), *many.json()["items"])]

    assert await attempts() == [3, 3]
    await apply_changes({None: {"retry_attempts": 7}})
    assert await attempts() == [7, 7]
    assert await attempts(max_attempts=2) == [2, 2]

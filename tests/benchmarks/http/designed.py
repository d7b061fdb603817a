"""The designs' own stack, written as its documentation does: FastAPI, SQLAlchemy and pydantic."""

import hashlib
import json
import os
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ForeignKey, Text, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship
from sqlalchemy.types import DateTime

engine = create_async_engine(
    "postgresql+asyncpg://",
    async_creator=lambda: asyncpg.connect(os.environ["BENCH_DSN"]),
    pool_size=20,
    max_overflow=10,
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class User(Base):
    __tablename__ = "users"

    email: Mapped[str]
    active: Mapped[bool]
    admin: Mapped[bool]
    superuser: Mapped[bool]


class Session(Base):
    __tablename__ = "sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    max_expires_at: Mapped[datetime]


class Channel(Base):
    __tablename__ = "channels"

    name: Mapped[str]


class Video(Base):
    __tablename__ = "videos"

    identifier: Mapped[str]
    youtube_video_id: Mapped[str | None]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    title: Mapped[str]
    description: Mapped[str | None]
    source_url: Mapped[str | None]
    cloud_url: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="discovered")
    download_status: Mapped[str] = mapped_column(server_default="pending")
    is_favorite: Mapped[bool] = mapped_column(server_default="false")
    upload_date: Mapped[date | None]
    duration_seconds: Mapped[float | None]
    file_size_bytes: Mapped[int | None]
    video_codec: Mapped[str | None]
    audio_codec: Mapped[str | None]
    resolution: Mapped[str | None]
    frame_rate: Mapped[float | None]
    tags: Mapped[list[str]] = mapped_column(server_default="{}")
    # `metadata` is a word of SQLAlchemy's own.
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", server_default="{}")
    processing_history: Mapped[list[Any]] = mapped_column(server_default="[]")
    error_message: Mapped[str | None]

    channel: Mapped[Channel | None] = relationship()

    @property
    def channel_name(self) -> str | None:
        return self.channel.name if self.channel else None


class VideoCreate(BaseModel):
    identifier: str = Field(max_length=255)
    channel_id: UUID | None = None
    title: str = Field(min_length=1)
    description: str | None = None
    upload_date: date | None = None
    duration_seconds: float | None = None
    tags: list[str] = []
    metadata_: dict[str, Any] = Field({}, alias="metadata")


class VideoRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    updated_at: datetime
    identifier: str
    youtube_video_id: str | None
    channel_id: UUID | None
    title: str
    description: str | None
    source_url: str | None
    cloud_url: str | None
    status: str
    download_status: str
    is_favorite: bool
    upload_date: date | None
    duration_seconds: float | None
    file_size_bytes: int | None
    video_codec: str | None
    audio_codec: str | None
    resolution: str | None
    frame_rate: float | None
    tags: list[str]
    metadata_: dict[str, Any] = Field(validation_alias="metadata_", serialization_alias="metadata")
    processing_history: list[Any]
    error_message: str | None
    channel_name: str | None


class VideoPage(BaseModel):
    items: list[VideoRead]


async def session_of_request() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Db = Annotated[AsyncSession, Depends(session_of_request)]
Credentials = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def current_user(session: Db, credentials: Credentials) -> User:
    token_hash = hashlib.sha256(credentials.credentials.encode()).hexdigest()
    user = await session.scalar(
        select(User)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.token_hash == token_hash,
            Session.expires_at > func.now(),
            Session.max_expires_at > func.now(),
            User.active,
        )
    )
    if user is None:
        raise HTTPException(401, "This token is invalid or has expired.")
    return user


CurrentUser = Annotated[User, Depends(current_user)]

app = FastAPI(dependencies=[Depends(current_user)])
with_channel = select(Video).options(joinedload(Video.channel))


@app.get("/api/videos/{video_id}")
async def get_video(video_id: UUID, session: Db) -> VideoRead:
    video = await session.scalar(with_channel.where(Video.id == video_id))
    if video is None:
        raise HTTPException(404, f"There is no video {video_id}.")
    return video  # type: ignore[return-value]  # FastAPI makes a VideoRead of it.


@app.get("/api/videos")
async def list_videos(session: Db, limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> VideoPage:
    videos = await session.scalars(with_channel.order_by(Video.id).limit(limit))
    return {"items": videos.all()}  # type: ignore[return-value]  # As above.


@app.post("/api/videos", status_code=201)
async def create_video(data: VideoCreate, session: Db, user: CurrentUser) -> VideoRead:
    actor = json.dumps({"door": "rest", "id": str(user.id), "email": user.email})
    # For this transaction; the trigger on the table writes the audit entry.
    await session.execute(select(func.set_config("reelbase.actor", actor, True)))
    video = Video(**data.model_dump(exclude_unset=True))
    session.add(video)
    await session.commit()
    await session.refresh(video, ["channel"])
    return video  # type: ignore[return-value]  # As above.

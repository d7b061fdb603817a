from apps.publishing.tables import Music, Publication, TransformationPreset
from apps.shared.db.repositories import Repository


class PresetRepository(Repository[TransformationPreset]):
    table = TransformationPreset


class MusicRepository(Repository[Music]):
    table = Music


class PublicationRepository(Repository[Publication]):
    table = Publication

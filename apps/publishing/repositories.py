from apps.publishing.tables import Music, Publication, TransformationPreset
from apps.shared.db.repositories import Repository


class PresetRepository(Repository[TransformationPreset]):
    table = TransformationPreset
    noun = "preset"


class MusicRepository(Repository[Music]):
    table = Music
    noun = "piece of music"


class PublicationRepository(Repository[Publication]):
    table = Publication
    noun = "publication"

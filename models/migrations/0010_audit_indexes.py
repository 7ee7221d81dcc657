"""Indexes by which a million audit lines can be filtered and paged through."""


def up(migrator, db):
    migrator.migrate(
        migrator.drop_index("audit_entry", "auditentry_tag"),
        migrator.drop_index("audit_entry", "auditentry_account_id"),
        migrator.add_index("audit_entry", ("tag", "at")),
        migrator.add_index("audit_entry", ("actor", "at")),
        migrator.add_index("audit_entry", ("account_id", "at")),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("audit_entry", "audit_entry_tag_at"),
        migrator.drop_index("audit_entry", "audit_entry_actor_at"),
        migrator.drop_index("audit_entry", "audit_entry_account_id_at"),
        migrator.add_index("audit_entry", ("tag",), name="auditentry_tag"),
        migrator.add_index("audit_entry", ("account_id",), name="auditentry_account_id"),
    )

class SandboxRouter:
    """Keeps the pretend platform's tables in a database of their own."""

    def db_for_read(self, model, **hints):
        return "sandbox" if model._meta.app_label == "sandbox" else None

    db_for_write = db_for_read

    def allow_relation(self, one, other, **hints):
        return (one._meta.app_label == "sandbox") == (other._meta.app_label == "sandbox")

    def allow_migrate(self, db, app_label, **hints):
        return (db == "sandbox") == (app_label == "sandbox")

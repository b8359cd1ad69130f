"""The content of requests: parameters, attachments, schemas, templates. Pure."""

"""What goes into a request: parameters, attachments, schemas, templates. Pure."""

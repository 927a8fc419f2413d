# Serves a copy for the public, made beforehand in this folder:
#     caseledger publish public
#     docker build -t cases . && docker run -p 8001:8001 cases
FROM python:3.13-slim

RUN useradd --create-home reader
COPY . /caseledger
RUN pip install --no-cache-dir /caseledger

# The copy never changes, so nothing beside it has to be written.
COPY public /public

USER reader
EXPOSE 8001
CMD ["caseledger", "serve", "--public", "--host", "0.0.0.0", "--port", "8001", "--db", "/public/ledger.db"]

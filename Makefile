# make demo   builds demo/ledger.db and opens it in Datasette (make demo PORT=8123 for that port)
# make test   everything that CI runs
# make bench  measures against peers; make bench DATA=PATH for the rows that need a file
# make interop  checks that pm4py reads our event logs, in an environment of its own
# make check-traffic DATA=PATH  holds the tables against plain Python on the traffic fines
# make docs   writes anew what the documents take from the code
# make clean  removes what the others made

.POSIX:
.PHONY: demo test docs bench interop check-traffic clean

BIN = .venv/bin
# Runs cog on every document; those without a block for it stay as they are.
COG = NO_COLOR=1 COLUMNS=80 \
	find . -name '.?*' -prune -o \( -name '*.md' -o -name metadata.yml \) -exec $(BIN)/cog

# The shell waits for the server that Ctrl-C ends, lest make report a failure.
demo:
	@.ci/environment .venv
	@trap : INT; $(BIN)/caseledger demo demo $${PORT:+--port "$$PORT"} || [ $$? -eq 130 ]

test:
	@.ci/environment .venv dev
	@.ci/environment .venv-datasette-1 dev 'datasette==1.0a41'
	@.ci/chromium
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict events ledger cli.py
	$(COG) --check --check-fail-msg='run make docs' {} +
	.venv-datasette-1/bin/python -m pytest -m datasette
	$(BIN)/python -m pytest -n 2 --dist loadfile

docs:
	@.ci/environment .venv dev
	$(COG) -r {} +

bench:
	@.ci/environment .venv-bench bench
	.venv-bench/bin/python benchmarks/run.py $${DATA:+--data "$$DATA"}

# pm4py is under the AGPL: it is no dependency, not even of the tests.
interop:
	@.ci/environment .venv-interop '' pm4py
	.venv-interop/bin/python .ci/interop

check-traffic:
	@.ci/environment .venv
	$(BIN)/python .ci/check-traffic "$(DATA)"

clean:
	rm -rf .venv .venv-bench .venv-datasette-1 .venv-interop .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf build dist demo
	find . -name __pycache__ -prune -exec rm -rf {} +

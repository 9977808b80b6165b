CREATE TABLE viewers (
  key TEXT PRIMARY KEY,
  viewer TEXT NOT NULL,
  period TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX viewers_by_period ON viewers (period);
CREATE TABLE pages (
  period TEXT NOT NULL,
  viewer TEXT NOT NULL,
  id TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (period, viewer, id)
) WITHOUT ROWID;
CREATE TABLE reports (
  viewer TEXT NOT NULL,
  id TEXT NOT NULL,
  period TEXT NOT NULL,
  reports TEXT NOT NULL,
  PRIMARY KEY (viewer, id)
) WITHOUT ROWID;
CREATE INDEX reports_by_period ON reports (period);

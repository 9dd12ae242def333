"""What Clickpath's dashboards need of Superset. The secret key is in SUPERSET_SECRET_KEY."""
import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
# Its own database; give it PostgreSQL where more than a few people work.
SQLALCHEMY_DATABASE_URI = "sqlite:////app/superset_home/superset.db?check_same_thread=false"
# Our datasets are templates: site and period are the dashboard's filters.
FEATURE_FLAGS = {"ENABLE_TEMPLATE_PROCESSING": True}
# Requests of `clickpath dashboards provision superset` bring the token that this asks for.
WTF_CSRF_ENABLED = True

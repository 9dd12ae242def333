mod enricher;
mod geoip;
mod hints;
mod user_agents;

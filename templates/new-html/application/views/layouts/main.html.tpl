<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title><%= title %></title>
  <link rel="stylesheet" href="{{ asset("css/app.css") }}">
  <link rel="icon" href="data:,">
</head>
<body>
  <a class="skip" href="#content">Skip to content</a>
  <header class="bar">
    <a class="brand" href="/"><%= title %></a>
  </header>
  <main id="content">
    {% if flash("notice") then %}<p class="notice" role="status">{{ flash("notice") }}</p>{% end %}
    {% if flash("error") then %}<p class="notice error" role="alert">{{ flash("error") }}</p>{% end %}
    {* content *}
  </main>
</body>
</html>

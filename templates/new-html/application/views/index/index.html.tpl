{% layout "main" %}
<h1><%= title %></h1>
<p class="lead">It works. This page is <code>application/views/index/index.html</code>.</p>
<p>Make the first resource:</p>
<pre><code>pandan generate resource post title:string body:text published:boolean
pandan db migrate</code></pre>
<p>Then open <a href="/posts">/posts</a>. The page you see reloads its code when you save a file.</p>
